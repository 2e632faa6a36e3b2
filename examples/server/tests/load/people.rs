//! People who use the demo, and what each of them has to be answered.

use std::collections::BTreeSet;
use std::time::{Duration, Instant, SystemTime};

use countersign::otp::Totp;
use countersign::secret::Secret;
use countersign::testing::SeededRng;
use countersign::time::Timestamp;
use serde_json::{Value, json};

use crate::client::{Answer, Ask, Client, Jar};
use crate::ledger::{Act, End, Fate};

const STEP: u64 = 30;
/// A code that was made so long ago may be over.
const FRESH: Duration = Duration::from_secs(20);
/// The session of a login, so long afterwards, needs no other proof for new recovery codes.
const CONFIRMED: Duration = Duration::from_secs(240);
/// The fifth failure in a row blocks a factor, and the fortieth demands a new password.
const BORNE_IN_A_ROW: u32 = 2;
const BORNE: u32 = 30;
/// Wrong passwords and unread logins, of which ten stop a name.
const GUESSES: u32 = 4;
/// New passwords, of which five are allowed in an hour.
const CHANGES: u32 = 3;
const SESSIONS: usize = 3;
/// So long a used token is remembered. An account remembers 32, and 16 if a login is cancelled.
const REMEMBERED: Duration = Duration::from_secs(900);
const USES: usize = 26;
const CANCELS: usize = 14;

/// A session that was answered.
struct Session {
    jar: Jar,
    /// When password and code were given in it.
    proven: Option<Instant>,
}

/// Somebody with an account.
struct Person {
    id: String,
    email: String,
    password: String,
    sessions: Vec<Session>,
    second: Option<Second>,
    failures: u32,
    guesses: u32,
    changes: u32,
    /// When tokens of the account were used.
    spent: Vec<Instant>,
}

/// The second factor of a person.
struct Second {
    app: Totp,
    /// The last time step whose code was sent, and whether it was accepted.
    last: (u64, bool),
    codes: Vec<String>,
    used: Vec<String>,
    /// The failures in a row of the app, and of the recovery codes.
    row: [u32; 2],
}

/// Whether a person is still known well enough to go on.
type Known = Option<()>;

/// Somebody at a client, with several people's accounts.
pub(crate) struct Worker {
    number: usize,
    client: Client,
    people: Vec<Person>,
    signed_up: usize,
}

impl Worker {
    pub(crate) fn new(number: usize, client: Client) -> Self {
        Self {
            number,
            client,
            people: Vec::new(),
            signed_up: 0,
        }
    }

    fn random(&self) -> &SeededRng {
        &self.client.random
    }

    /// Does one thing for one of so many people.
    pub(crate) async fn step(&mut self, people: usize) {
        let few = self.people.is_empty() || self.random().below(8) == 0;
        if few && self.people.len() < people {
            if let Some(person) = self.sign_up().await {
                self.people.push(person);
            }
            return;
        }
        let place = self.random().below(self.people.len());
        let mut person = self.people.swap_remove(place);
        if self.live(&mut person).await.is_some() {
            self.people.push(person);
        }
    }

    /// Looks whether everybody who is left is there as they should be.
    pub(crate) async fn visit_all(&mut self) {
        self.client.unruly = false;
        for mut person in std::mem::take(&mut self.people) {
            for place in 0..person.sessions.len() {
                self.look(&mut person, place).await;
            }
            let begun = self.begin(&mut person).await;
            begun.expect("it is answered");
        }
    }

    async fn sign_up(&mut self) -> Option<Person> {
        self.signed_up += 1;
        let email = format!("{}-{}@example.com", self.number, self.signed_up);
        let password = format!("correct horse {email}");
        let body = json!({ "email": email, "password": password });
        let mut jar = Jar::new();
        let answer = self
            .client
            .ask(&mut jar, Ask::post(Act::SignUp, "/auth/signup", body))
            .await;
        if !answer.is_seen() {
            return None;
        }
        answer.expect(201);
        let id = answer.text("/user/id");
        self.client.ledger.note(&id, Fate::Kept);
        Some(Person {
            id,
            email,
            password,
            sessions: vec![Session { jar, proven: None }],
            second: None,
            failures: 0,
            guesses: 0,
            changes: 0,
            spent: Vec::new(),
        })
    }

    async fn live(&mut self, person: &mut Person) -> Known {
        if person.second.is_none() {
            return match self.random().below(3) {
                0 => self.begin(person).await.map(drop),
                _ => self.enroll(person).await,
            };
        }
        if person.failures >= BORNE || person.guesses >= GUESSES + 3 {
            return self.delete(person).await;
        }
        person.spent.retain(|at| at.elapsed() < REMEMBERED);
        if person.spent.len() >= USES {
            return self.browse(person).await;
        }
        match self.random().below(24) {
            0..=5 => self.log_in(person, false).await,
            6..=9 => self.log_in(person, true).await,
            10 | 11 => self.fail(person).await,
            12 => self.race(person).await,
            13 if person.spent.len() < CANCELS => self.cancel(person).await,
            14 | 15 => self.log_out(person).await,
            16 => self.guess(person).await,
            17 => self.change_password(person).await,
            18 => self.new_recovery_codes(person).await,
            19 if self.random().below(4) == 0 => self.delete(person).await,
            _ => self.browse(person).await,
        }
    }

    /// The first step of a login: a session if there is no second factor, or else a challenge.
    async fn begin(&mut self, person: &mut Person) -> Option<Option<(Jar, String)>> {
        let mut jar = Jar::new();
        let body = json!({ "email": person.email, "password": person.password });
        let answer = self
            .client
            .ask(&mut jar, Ask::post(Act::LogIn, "/auth/login", body))
            .await;
        if !answer.is_seen() {
            // It may have been counted as a guess.
            person.guesses += 1;
            return (person.guesses < GUESSES + 4).then_some(None);
        }
        if person.second.is_some() {
            answer.expect(202);
            return Some(Some((jar, answer.text("/mfaTempToken"))));
        }
        answer.expect(200);
        person.keep(Session { jar, proven: None });
        Some(None)
    }

    async fn enroll(&mut self, person: &mut Person) -> Known {
        if person.sessions.is_empty() {
            return self.begin(person).await.map(drop);
        }
        let mut session = person.sessions.swap_remove(0);
        let body = json!({ "password": person.password });
        let ask = Ask::post(Act::StartEnrollment, "/auth/mfa/setup/start", body);
        let started = self.client.ask(&mut session.jar, ask).await;
        if !started.is_seen() {
            return Some(());
        }
        started.expect(200);
        let secret = Secret::from_base32(&started.text("/secret")).unwrap();
        let mut second = Second {
            app: Totp::new(&secret, Default::default()),
            last: (now() / STEP - 1, false),
            codes: Vec::new(),
            used: Vec::new(),
            row: [0, 0],
        };
        let token = started.text("/enrollmentToken");
        let confirm = |code: &str| {
            let body = json!({ "enrollmentToken": token, "code": code });
            Ask::post(Act::ConfirmEnrollment, "/auth/mfa/setup/confirm", body)
        };
        if self.random().below(3) == 0 {
            let wrong = second.wrong_code(self.random());
            let refused = self.client.ask(&mut session.jar, confirm(&wrong)).await;
            if refused.is_seen() {
                refused.refused(401, "invalid_code");
            }
        }
        let (code, made) = second.next_code()?;
        let answer = self.client.ask(&mut session.jar, confirm(&code)).await;
        if !answer.is_seen() || made.elapsed() > FRESH {
            return None;
        }
        answer.expect(200);
        second.last.1 = true;
        second.codes = answer.texts("/recoveryCodes");
        person.second = Some(second);
        person.sessions.clear();
        person.keep(session.proven());
        Some(())
    }

    async fn log_in(&mut self, person: &mut Person, by_recovery: bool) -> Known {
        let Some((mut jar, token)) = self.begin(person).await? else {
            return Some(());
        };
        let Some((code, made)) = person.proof(by_recovery) else {
            return Some(());
        };
        let answer = self
            .client
            .ask(&mut jar, verify(by_recovery, &token, &code))
            .await;
        if !answer.is_seen() || made.elapsed() > FRESH {
            return Some(());
        }
        answer.expect(200);
        person.accepted(by_recovery, &code);
        // The challenge is spent, and so is the code.
        if self.random().below(4) == 0 {
            let again = self
                .client
                .ask(&mut jar.clone(), verify(by_recovery, &token, &code))
                .await;
            if again.is_seen() {
                again.refused(410, "token_spent");
            }
        }
        let session = Session { jar, proven: None }.proven();
        person.keep(session);
        self.look(person, person.sessions.len() - 1).await;
        Some(())
    }

    /// Gives a code that cannot be right: a wrong one, or one that was used.
    async fn fail(&mut self, person: &mut Person) -> Known {
        let second = person.second.as_ref()?;
        let by_recovery = self.random().below(2) == 0;
        let replay = self.random().below(2) == 0;
        if second.row[usize::from(by_recovery)] >= BORNE_IN_A_ROW {
            return Some(());
        }
        let code = match (by_recovery, replay) {
            (false, true) if second.last.1 => second.code(second.last.0),
            (false, _) => second.wrong_code(self.random()),
            (true, true) if !second.used.is_empty() => second.used[0].clone(),
            (true, _) => "2345-6789-abcd-efgh-jkmn-pqrs".to_owned(),
        };
        let Some((mut jar, token)) = self.begin(person).await? else {
            return Some(());
        };
        person.failed(by_recovery);
        let answer = self
            .client
            .ask(&mut jar, verify(by_recovery, &token, &code))
            .await;
        if answer.is_seen() {
            answer.refused(401, "invalid_code");
            let me = self.client.ask(&mut jar, Ask::get("/auth/me")).await;
            if me.is_seen() {
                me.refused(401, "unauthenticated");
            }
        }
        Some(())
    }

    /// Three browsers give one code at once. One of them signs in.
    async fn race(&mut self, person: &mut Person) -> Known {
        let by_recovery = self.random().below(2) == 0;
        if person.second.as_ref()?.row[usize::from(by_recovery)] > 0 {
            return Some(());
        }
        let mut racers = Vec::new();
        for _ in 0..3 {
            racers.extend(self.begin(person).await?);
        }
        let Some((code, made)) = person.proof(by_recovery) else {
            return Some(());
        };
        let mut running = tokio::task::JoinSet::new();
        for (mut jar, token) in racers {
            let (mut client, code) = (self.client.clone(), code.clone());
            running.spawn(async move {
                let answer = client
                    .ask(&mut jar, verify(by_recovery, &token, &code))
                    .await;
                (jar, answer)
            });
        }
        let all = running.join_all().await;
        let (mut signed_in, mut refused) = (Vec::new(), 0);
        let asked = all.len();
        for (jar, answer) in all {
            if answer.end == End::Answered(200, None) {
                signed_in.push(jar);
                continue;
            }
            person.failed(by_recovery);
            if answer.is_seen() {
                answer.refused(401, "invalid_code");
                refused += 1;
            }
        }
        let (one, id) = (signed_in.len(), &person.id);
        assert!(one <= 1, "{id}: one code signed in {one} times");
        let all_refused = refused == asked && made.elapsed() <= FRESH;
        assert!(!all_refused, "{id}: all {asked} refused a right code");
        if let Some(jar) = signed_in.pop() {
            // The failures may have come after it.
            let row = person.second.as_ref()?.row;
            person.accepted(by_recovery, &code);
            person.second.as_mut()?.row = row;
            person.keep(Session { jar, proven: None }.proven());
        }
        Some(())
    }

    async fn cancel(&mut self, person: &mut Person) -> Known {
        let Some((mut jar, token)) = self.begin(person).await? else {
            return Some(());
        };
        person.spent.push(Instant::now());
        let body = json!({ "mfaTempToken": token });
        let ask = Ask::post(Act::CancelLogin, "/auth/mfa/verify/cancel", body);
        let answer = self.client.ask(&mut jar, ask).await;
        if answer.is_seen() {
            answer.expect(204);
        }
        Some(())
    }

    async fn log_out(&mut self, person: &mut Person) -> Known {
        let Some(mut session) = person.sessions.pop() else {
            return Some(());
        };
        let mut copy = session.jar.clone();
        let ask = Ask {
            act: Act::LogOut,
            method: "POST",
            ..Ask::get("/auth/logout")
        };
        let answer = self.client.ask(&mut session.jar, ask).await;
        if answer.is_seen() {
            answer.expect(204);
            let me = self.client.ask(&mut copy, Ask::get("/auth/me")).await;
            if me.is_seen() {
                me.refused(401, "unauthenticated");
            }
        }
        Some(())
    }

    /// Tries a wrong password.
    async fn guess(&mut self, person: &mut Person) -> Known {
        if person.guesses >= GUESSES {
            return Some(());
        }
        person.guesses += 1;
        let body = json!({ "email": person.email, "password": "not it at all" });
        let ask = Ask::post(Act::LogIn, "/auth/login", body);
        let answer = self.client.ask(&mut Jar::new(), ask).await;
        if answer.is_seen() {
            answer.refused(401, "invalid_credentials");
        }
        Some(())
    }

    /// A step-up for an action of the demo, in the last session. Returns its token.
    async fn step_up(&mut self, person: &mut Person, purpose: &str) -> Option<Option<String>> {
        let by_recovery = self.random().below(2) == 0;
        if person.sessions.is_empty() {
            return Some(None);
        }
        let Some((code, made)) = person.proof(by_recovery) else {
            return Some(None);
        };
        let act = match by_recovery {
            true => Act::StepUpByRecoveryCode,
            false => Act::StepUp,
        };
        let mut session = person.sessions.pop()?;
        let body = json!({ "password": person.password, "code": code, "purpose": purpose });
        let ask = Ask::post(act, "/auth/mfa/step-up", body);
        let answer = self.client.ask(&mut session.jar, ask).await;
        if !answer.is_seen() || made.elapsed() > FRESH {
            return Some(None);
        }
        answer.expect(200);
        person.accepted(by_recovery, &code);
        person.sessions.push(session.proven());
        Some(Some(answer.text("/stepUpToken")))
    }

    async fn change_password(&mut self, person: &mut Person) -> Known {
        if person.changes >= CHANGES {
            return Some(());
        }
        let Some(token) = self.step_up(person, "app:change-password").await? else {
            return Some(());
        };
        person.changes += 1;
        let new = format!("{} {}", person.password, person.changes);
        let mut session = person.sessions.pop()?;
        let body = json!({ "password": person.password, "newPassword": new });
        let ask = Ask {
            step_up: Some(&token),
            ..Ask::post(Act::ChangePassword, "/auth/password", body)
        };
        let answer = self.client.ask(&mut session.jar, ask).await;
        if answer.end == End::Unknown {
            return None;
        }
        if !answer.is_seen() {
            return Some(());
        }
        answer.expect(204);
        person.password = new;
        person.failures = 0;
        // The other sessions are over.
        for mut other in std::mem::take(&mut person.sessions) {
            let me = self.client.ask(&mut other.jar, Ask::get("/auth/me")).await;
            if me.is_seen() {
                me.refused(401, "unauthenticated");
            }
        }
        person.keep(session);
        Some(())
    }

    async fn new_recovery_codes(&mut self, person: &mut Person) -> Known {
        let is_proven = |one: &Session| one.proven.is_some_and(|at| at.elapsed() < CONFIRMED);
        let Some(place) = person.sessions.iter().position(is_proven) else {
            return Some(());
        };
        let mut session = person.sessions.swap_remove(place);
        let path = "/auth/mfa/recovery-codes/regenerate";
        let ask = Ask::post(Act::NewRecoveryCodes, path, json!({}));
        let answer = self.client.ask(&mut session.jar, ask).await;
        let second = person.second.as_mut()?;
        if answer.end == End::Unknown {
            // The old ones may be void, and nobody saw the new ones.
            second.codes.clear();
            second.used.clear();
        }
        if answer.is_seen() {
            answer.expect(200);
            second.codes = answer.texts("/recoveryCodes");
            second.used.clear();
            person.keep(session);
        }
        Some(())
    }

    async fn delete(&mut self, person: &mut Person) -> Known {
        let Some(token) = self.step_up(person, "app:delete-account").await? else {
            // Without a session or a code left, the account is left alone.
            return (person.failures < BORNE && person.guesses < GUESSES + 3).then_some(());
        };
        let mut session = person.sessions.pop()?;
        let mut copy = session.jar.clone();
        let ask = Ask {
            act: Act::Delete,
            method: "DELETE",
            step_up: Some(&token),
            ..Ask::get("/auth/account")
        };
        let answer = self.client.ask(&mut session.jar, ask).await;
        if answer.end == End::Unknown {
            self.client.ledger.note(&person.id, Fate::Unknown);
        }
        if answer.is_seen() {
            answer.expect(204);
            self.client.ledger.note(&person.id, Fate::Deleted);
            let me = self.client.ask(&mut copy, Ask::get("/auth/me")).await;
            if me.is_seen() {
                me.refused(401, "unauthenticated");
            }
        }
        None
    }

    /// Opens a page, or reads something of the account.
    async fn browse(&mut self, person: &mut Person) -> Known {
        let places = person.sessions.len();
        if places == 0 {
            return Some(());
        }
        let place = self.random().below(places);
        self.look(person, place).await;
        const PATHS: [&str; 8] = [
            "/profile",
            "/auth/mfa/status",
            "/auth/mfa/events",
            "/auth/mfa/recovery-codes",
            "/auth/sessions",
            "/auth/openapi.json",
            "/mailbox.json",
            "/healthz",
        ];
        let path = PATHS[self.random().below(PATHS.len())];
        let jar = &mut person.sessions[place].jar;
        let answer = self.client.ask(jar, Ask::get(path)).await;
        if answer.is_seen() {
            answer.expect(200);
        }
        Some(())
    }

    /// The session has to be there, of this user.
    async fn look(&mut self, person: &mut Person, place: usize) {
        let me = self
            .client
            .ask(&mut person.sessions[place].jar, Ask::get("/auth/me"))
            .await;
        if me.is_seen() {
            me.expect(200);
            assert_eq!(me.text("/user/id"), person.id);
            let enabled = me.body.pointer("/user/twoFactorEnabled");
            assert_eq!(
                enabled,
                Some(&Value::Bool(person.second.is_some())),
                "{me:?}"
            );
        }
    }
}

fn verify(by_recovery: bool, token: &str, code: &str) -> Ask<'static> {
    let act = match by_recovery {
        true => Act::VerifyRecoveryCode,
        false => Act::VerifyCode,
    };
    let body = json!({ "mfaTempToken": token, "code": code });
    Ask::post(act, "/auth/mfa/verify", body)
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.unwrap().as_secs()
}

impl Session {
    fn proven(self) -> Self {
        let proven = Some(Instant::now());
        Self { proven, ..self }
    }
}

impl Person {
    fn keep(&mut self, session: Session) {
        self.sessions.push(session);
        if self.sessions.len() > SESSIONS {
            self.sessions.remove(0);
        }
    }

    /// A code that has to be accepted, and when it was made. It is not given out again.
    fn proof(&mut self, by_recovery: bool) -> Option<(String, Instant)> {
        let second = self.second.as_mut()?;
        let code = match by_recovery {
            true => (second.codes.pop()?, Instant::now()),
            false => second.next_code()?,
        };
        // It goes with a challenge, or is followed by a step-up token.
        self.spent.push(Instant::now());
        Some(code)
    }

    fn accepted(&mut self, by_recovery: bool, code: &str) {
        let second = self.second.as_mut().expect("somebody who is enrolled");
        second.row[usize::from(by_recovery)] = 0;
        match by_recovery {
            true => second.used.insert(0, code.to_owned()),
            false => second.last.1 = true,
        }
    }

    fn failed(&mut self, by_recovery: bool) {
        self.failures += 1;
        if let Some(second) = &mut self.second {
            second.row[usize::from(by_recovery)] += 1;
        }
    }
}

impl Second {
    fn code(&self, step: u64) -> String {
        let code = self.app.code_at(Timestamp::from_unix(step * STEP));
        code.expose_digits().to_string()
    }

    /// The code of the present time step or of the next one, unless it was given out or is that of
    /// a step before it, which may be dead.
    fn next_code(&mut self) -> Option<(String, Instant)> {
        let (present, made) = (now() / STEP, Instant::now());
        let step = present.max(self.last.0 + 1);
        let code = self.code(step);
        let mut before = (step - 15)..step;
        if step > present + 1 || before.any(|step| self.code(step) == code) {
            return None;
        }
        self.last = (step, false);
        Some((code, made))
    }

    /// A code that is right at no time near this one.
    fn wrong_code(&self, random: &SeededRng) -> String {
        let present = now() / STEP;
        let near: BTreeSet<_> = (present - 15..present + 15)
            .map(|step| self.code(step))
            .collect();
        loop {
            let code = format!("{:06}", random.below(1_000_000));
            if !near.contains(&code) {
                return code;
            }
        }
    }
}

impl Answer {
    fn is_seen(&self) -> bool {
        // A body that came too slowly was refused unread.
        matches!(&self.end, End::Answered(status, _) if *status != 400)
    }

    #[track_caller]
    fn expect(&self, status: u16) {
        let Self { request, end, body } = self;
        let is_it = matches!(end, End::Answered(found, _) if *found == status);
        assert!(is_it, "{request}: {end:?} {body}");
    }

    #[track_caller]
    fn refused(&self, status: u16, code: &str) {
        let Self { request, end, body } = self;
        let expected = End::Answered(status, Some(code.to_owned()));
        assert_eq!(*end, expected, "{request}: {body}");
    }

    /// The text at this place of the body.
    #[track_caller]
    fn text(&self, place: &str) -> String {
        let text = self.body.pointer(place).and_then(Value::as_str);
        text.unwrap_or_else(|| panic!("no {place}: {self:?}"))
            .to_owned()
    }

    #[track_caller]
    fn texts(&self, place: &str) -> Vec<String> {
        let texts = self.body.pointer(place).and_then(Value::as_array);
        let texts = texts.unwrap_or_else(|| panic!("no {place}: {self:?}"));
        texts
            .iter()
            .map(|text| text.as_str().unwrap().to_owned())
            .collect()
    }
}
