//! Whom an administrator finds, and what an administrator sees of a user: no secret.

use countersign::UserId;
use countersign::account::{self, BlockedFactor, Factor};
use countersign::event::Actor;
use countersign::store::{RecordedEvent, Summary, SummaryFilter, UserSummary};
use serde::{Deserialize, Serialize};

use super::known;
use crate::call::Call;
use crate::json::MethodName;
use crate::operation::{Operation, Parameter, Routes};
use crate::problem::{Problem, kinds};
use crate::refusals::SESSION;
use crate::response::Response;
use crate::routes::events::{BEFORE, EventBody, page_of};
use crate::routes::status::StatusBody;
use crate::time::Time;
use crate::visitor::Visitor;

const FLAG: &str = "^(true|false)$";

pub(crate) fn routes() -> Routes {
    let list = operation("/mfa/admin/users", "adminUsers")
        .summary("Users by the state of their second factor, in the order of their ids.")
        .parameter(Parameter::Query(
            "enabled",
            "Who has a second factor, or has none.",
            FLAG,
        ))
        .parameter(Parameter::Query(
            "locked",
            "Whose account is locked, or is not.",
            FLAG,
        ))
        .parameter(Parameter::Query(
            "reset",
            "Who was reset and has not come back.",
            FLAG,
        ))
        .parameter(Parameter::Query(
            "recovery",
            "Whose delayed recovery is under way.",
            FLAG,
        ))
        .parameter(Parameter::Query(
            "method",
            "Who has this method.",
            "^[a-z_]+$",
        ))
        .parameter(Parameter::Query(
            "after",
            "From the page before.",
            "^.{1,255}$",
        ))
        .answers(200, "A page of them")
        .json::<UserList>()
        .refuses(&[kinds::INVALID_REQUEST, kinds::NOT_SUPPORTED]);
    let status = operation("/mfa/admin/users/{id}", "adminUser")
        .summary("The state of somebody's account.")
        .parameter(Parameter::Id("The user"))
        .answers(200, "The state of the account")
        .json::<UserStatus>()
        .refuses(&[kinds::UNKNOWN_USER]);
    let events = operation("/mfa/admin/users/{id}/events", "adminEvents")
        .summary("Somebody's security log.")
        .parameter(Parameter::Id("The user"))
        .parameter(BEFORE)
        .answers(200, "A page of it")
        .json::<AuditLog>()
        .refuses(&[
            kinds::UNKNOWN_USER,
            kinds::INVALID_REQUEST,
            kinds::NOT_SUPPORTED,
        ]);
    Routes::default()
        .add(list, list_users)
        .add(status, show_user)
        .add(events, show_events)
}

fn operation(path: &'static str, id: &'static str) -> Operation {
    Operation::new("GET", path)
        .named(id, "administration")
        .refuses(&SESSION)
        .refuses(&[kinds::FORBIDDEN])
}

const PAGE: usize = 20;

/// Whom the list contains, and where it goes on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    enabled: Option<bool>,
    locked: Option<bool>,
    reset: Option<bool>,
    recovery: Option<bool>,
    method: Option<account::Method>,
    after: Option<UserId>,
}

impl ListQuery {
    fn filter(&self) -> SummaryFilter {
        let mut filter = SummaryFilter::new();
        filter.enabled = self.enabled;
        filter.locked = self.locked;
        filter.reset_pending = self.reset;
        filter.delayed_recovery = self.recovery;
        filter.method = self.method;
        filter
    }
}

/// A page of users.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
struct UserList {
    /// At most 20. Users whom the application no longer has are left out, so that a page may be
    /// short, or even empty, and not be the last.
    users: Vec<ListedUser>,
    /// Gives the next page; null on the last.
    after: Option<String>,
}

/// A user of the list, as of the last change of the account.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
struct ListedUser {
    id: String,
    /// What the user signs in with.
    email: String,
    /// Whether there is a second factor.
    enabled: bool,
    /// What the user has to pass the second step with, codes by e-mail aside.
    methods: Vec<MethodName>,
    /// When the first of the present authenticators was confirmed.
    confirmed_at: Option<Time>,
    /// When a second factor was last verified.
    last_verified_at: Option<Time>,
    /// Recovery codes that are left.
    recovery_codes_remaining: u8,
    locked: bool,
    /// Whether an administrator removed the second factor and the user has not come back yet.
    reset_pending: bool,
    /// Whether a delayed recovery is under way.
    recovery_pending: bool,
}

impl ListedUser {
    fn new(id: &UserId, email: String, summary: &Summary) -> Self {
        Self {
            id: id.as_str().to_owned(),
            email,
            enabled: summary.enabled,
            methods: summary.methods.iter().map(Into::into).collect(),
            confirmed_at: summary.confirmed_at.map(Time),
            last_verified_at: summary.last_verified_at.map(Time),
            recovery_codes_remaining: summary.recovery_codes_remaining,
            locked: summary.locked,
            reset_pending: summary.reset_pending,
            recovery_pending: summary.delayed_recovery,
        }
    }
}

async fn list_users(call: Call) -> Result<Response, Problem> {
    let owner = call.owner().await?;
    owner.administrator().await?;
    let query: ListQuery = call.query("a parameter is unknown or has no such value")?;
    let Visitor { state, host, .. } = &call.visitor;
    let (filter, after) = (query.filter(), query.after.as_ref());
    let page = state.directory()?.summaries(&filter, after, PAGE + 1);
    let mut page = owner.run(page).await?;
    let has_more = page.len() > PAGE;
    page.truncate(PAGE);
    let last = page.last().filter(|_| has_more);
    let after = last.map(|one| one.user.as_str().to_owned());
    let mut users = Vec::with_capacity(page.len());
    for UserSummary { user, summary } in &page {
        if let Some(account) = host.account(user).await? {
            users.push(ListedUser::new(user, account.name, summary));
        }
    }
    Ok(Response::json(200, &UserList { users, after })?)
}

/// The state of somebody's account.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
struct UserStatus {
    id: String,
    /// What the user signs in with.
    email: String,
    #[serde(flatten)]
    status: StatusBody,
    /// Whether an administrator removed the second factor and the user has not come back yet.
    reset_pending: bool,
    /// The factors that are blocked for a while or exhausted.
    blocked: Vec<Blocked>,
    /// Whether a login asks for a new password first, because of many failures.
    password_change_required: bool,
}

/// A factor whose answers are not looked at.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = BlockedFactor))]
struct Blocked {
    /// `authenticator`, `passkey`, `recovery_code`, `email_code` or `phone_code`.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    factor: Factor,
    /// Until when. Null if guessing used the factor up.
    until: Option<Time>,
}

impl From<&BlockedFactor> for Blocked {
    fn from(blocked: &BlockedFactor) -> Self {
        Self {
            factor: blocked.factor,
            until: blocked.until.map(Time),
        }
    }
}

async fn show_user(call: Call) -> Result<Response, Problem> {
    let owner = call.owner().await?;
    owner.administrator().await?;
    let (user, account) = known(&owner, &call.id).await?;
    let status = owner.visitor.status_of(&user).await?;
    let body = UserStatus {
        id: user.as_str().to_owned(),
        email: account.name,
        reset_pending: status.reset_pending,
        blocked: status.blocked.iter().map(Into::into).collect(),
        password_change_required: status.password_change_required,
        status: StatusBody::new(&status, None),
    };
    Ok(Response::json(200, &body)?)
}

/// A page of somebody's security log.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
struct AuditLog {
    /// The newest first, at most 20.
    events: Vec<AuditedEvent>,
    /// Gives the next page; null on the last.
    before: Option<String>,
}

/// Something that happened to the account, with what its owner is not told.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
struct AuditedEvent {
    #[serde(flatten)]
    event: EventBody,
    /// The name of the administrator who acted.
    administrator: Option<String>,
    /// The reason that the administrator gave.
    note: Option<String>,
    /// The id of the request, as in its answer's header `X-Request-Id`.
    request_id: Option<String>,
}

impl From<RecordedEvent> for AuditedEvent {
    fn from(recorded: RecordedEvent) -> Self {
        let event = &recorded.event;
        let administrator = match &event.actor {
            Actor::Administrator(name) => Some(name.clone()),
            _ => None,
        };
        Self {
            event: EventBody::of(&recorded, &event.source),
            administrator,
            note: event.note.clone(),
            request_id: event.source.request_id.clone(),
        }
    }
}

async fn show_events(call: Call) -> Result<Response, Problem> {
    let owner = call.owner().await?;
    owner.administrator().await?;
    let (user, _) = known(&owner, &call.id).await?;
    let (events, before) = page_of(&call, &owner, &user).await?;
    let events = events.into_iter().map(Into::into).collect();
    Ok(Response::json(200, &AuditLog { events, before })?)
}
