//! When two states are one.

use std::hash::{DefaultHasher, Hash, Hasher};

use base64ct::{Base64UrlUnpadded, Encoding};
use countersign::token::Scope;
use serde_json::Value;

use crate::state::State;
use crate::token::{Held, Nonce};
use crate::world::{EVERYBODY, Row, Who};

impl State {
    /// Equal for states that no act and no probe can tell apart. Of random numbers only equality
    /// counts, and moments that are only displayed do not count.
    pub(crate) fn fingerprint(&self) -> u128 {
        let mut nonces = Vec::new();
        let mut text = format!("{} {} ", self.now, self.latest);
        for (who, tokens) in [(Who::Alice, &self.alice), (Who::Mallory, &self.own)] {
            for challenge in &tokens.challenges {
                self.write(&mut text, who, challenge.as_ref(), &mut nonces);
            }
            let step_up = tokens.step_up.as_ref();
            self.write(&mut text, who, step_up.map(|one| &one.held), &mut nonces);
            text.push_str(&format!(
                "{:?}",
                step_up.map(|one| (one.purpose, one.factor))
            ));
            self.write(&mut text, who, tokens.enrollment.as_ref(), &mut nonces);
            self.write(&mut text, who, tokens.grant.as_ref(), &mut nonces);
            self.write(&mut text, who, tokens.vouched.as_ref(), &mut nonces);
            self.write(&mut text, who, tokens.sheet.as_ref(), &mut nonces);
        }
        let session = self.session.as_ref();
        let alive = session.map(|one| one.of == self.ledger(Who::Alice).epoch);
        text.push_str(&format!("{:?} {alive:?}", session.map(|one| one.given())));
        self.write(&mut text, Who::Alice, self.challenge.as_ref(), &mut nonces);
        for cookie in [self.cookies.last(), self.stolen.as_ref()] {
            self.write(&mut text, Who::Alice, cookie, &mut nonces);
        }
        text.push_str(&self.cookies.len().to_string());
        for who in EVERYBODY {
            let ledger = self.ledger(who);
            let used = |code: &Option<String>| {
                let code = code.as_ref()?;
                ledger.recovery.iter().position(|(of, _)| of == code)
            };
            let phones = ledger.phones.iter().map(|phone| (phone.key, phone.last));
            text.push_str(&format!(
                "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} ",
                phones.collect::<Vec<_>>(),
                ledger.bound,
                ledger.passed,
                ledger
                    .pending
                    .as_ref()
                    .map(|pending| (pending.key, pending.expires_at)),
                ledger.budgets,
                ledger.passkey.is_some(),
                self.signed.is_some(),
                ledger.device.map(|_| ledger.trusted_at),
                ledger.old_set.is_some(),
                self.seen_code,
                (self.seen_recovery.is_some(), used(&self.seen_recovery)),
            ));
            if let Some(row) = &self.rows[who as usize] {
                text.push_str(&canonical(row, &nonces));
            }
        }
        let half = |salt: u8| {
            let mut hasher = DefaultHasher::new();
            (salt, &text).hash(&mut hasher);
            u128::from(hasher.finish())
        };
        half(0) << 64 | half(1)
    }

    /// A token by what it is worth: which one it is only counts where the record names it.
    fn write<S: Scope>(
        &self,
        text: &mut String,
        who: Who,
        held: Option<&Held<S>>,
        nonces: &mut Vec<Nonce>,
    ) {
        let Some(held) = held else {
            return text.push('-');
        };
        let ledger = self.ledger(who);
        nonces.push(held.nonce);
        text.push_str(&format!(
            "{} {} {} {} {} {} ",
            held.issued_at,
            held.expires_at,
            held.epoch == ledger.epoch,
            held.round == ledger.round,
            held.by_password,
            ledger.spent.contains(&held.nonce),
        ));
    }
}

/// The record with its random numbers named by where they are held.
fn canonical(row: &Row, nonces: &[Nonce]) -> String {
    let names: Vec<_> = nonces
        .iter()
        .map(|nonce| Base64UrlUnpadded::encode_string(nonce))
        .collect();
    let mut json = row.json.clone();
    let drop = |of: Option<&mut Value>, fields: &[&str]| {
        let Some(Value::Object(object)) = of else {
            return;
        };
        for field in fields {
            object.remove(*field);
        }
    };
    drop(
        Some(&mut json),
        &[
            "versions",
            "written_at",
            "epoch",
            "last_verified_at",
            "authenticators",
            "passkey_handle",
            "devices",
        ],
    );
    drop(
        json.get_mut("counters"),
        &["round", "failure_told_at", "reuse_told_at", "clone_told_at"],
    );
    drop(json.get_mut("pending"), &["id", "key"]);
    drop(
        json.get_mut("recovery_codes"),
        &["id", "key", "entries", "generated_at"],
    );
    if let Some(reset) = json.get_mut("reset") {
        *reset = Value::Bool(true);
    }
    let named = |nonce: &Value| {
        let at = names.iter().position(|name| nonce.as_str() == Some(name));
        at.map_or(Value::Null, Value::from)
    };
    if let Some(nonce) = json.pointer_mut("/pending/grant/nonce") {
        *nonce = named(nonce);
    }
    if let Some(for_reset) = json.pointer_mut("/pending/grant/granted_for") {
        *for_reset = Value::Bool(true);
    }
    if let Some(used) = json
        .pointer_mut("/recovery_codes/used")
        .and_then(Value::as_array_mut)
    {
        used.iter_mut().for_each(|pair| pair[1] = Value::Null);
        used.sort_by_key(|pair| pair[0].as_u64());
    }
    if let Some(spent) = json
        .pointer_mut("/spent/tokens")
        .and_then(Value::as_array_mut)
    {
        spent.iter_mut().for_each(|pair| pair[0] = named(&pair[0]));
        spent.sort_by_key(|pair| (pair[0].as_u64(), pair[1].as_u64()));
    }
    if let Some(noted) = json
        .pointer_mut("/unanswered/noted")
        .and_then(Value::as_array_mut)
    {
        for one in noted {
            one["nonce"] = named(&one["nonce"]);
        }
    }
    json.to_string()
}
