//! The account's security log, for its owner.

use countersign::UserId;
use countersign::account::{Factor, FirstFactorKind};
use countersign::event::{Actor, EventKind, Outcome, Reason, Severity, Source};
use countersign::notify::Channel;
use countersign::store::{EventPosition, RecordedEvent};
use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::operation::{Operation, Parameter, Routes};
use crate::owner::Owner;
use crate::problem::{Problem, kinds};
use crate::response::Response;
use crate::time::Time;

pub(crate) fn routes() -> Routes {
    Routes::default().add(
        Operation::new("GET", "/mfa/events")
            .named("events", "account")
            .summary("The account's security log.")
            .parameter(BEFORE)
            .answers(200, "A page of it")
            .json::<EventsBody>()
            .refuses(&[
                kinds::UNAUTHENTICATED,
                kinds::INVALID_REQUEST,
                kinds::NOT_SUPPORTED,
            ]),
        list,
    )
}

const PAGE: usize = 20;

/// Where a page goes on.
pub(crate) const BEFORE: Parameter =
    Parameter::Query("before", "From the page before.", "^[0-9]{1,18}$");

/// Where to go on.
#[derive(Deserialize)]
pub(crate) struct Page {
    /// From the page before.
    before: Option<i64>,
}

/// A page of the security log.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Events))]
struct EventsBody {
    /// The newest first, at most 20.
    events: Vec<EventBody>,
    /// Gives the next page; null on the last.
    before: Option<String>,
}

/// Something that happened to the account.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Event))]
#[serde(rename_all = "camelCase")]
pub(crate) struct EventBody {
    id: String,
    /// What happened, such as `login_verified`.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    kind: EventKind,
    /// `info` or `warning`.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    severity: Severity,
    at: Time,
    actor: ActorName,
    ip: Option<String>,
    user_agent: Option<String>,
    /// `done` or `refused`.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    outcome: Outcome,
    /// Why it was refused, such as `replayed_code`.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    reason: Option<Reason>,
    /// `authenticator`, `passkey`, `recovery_code`, `email_code` or `phone_code`.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    factor: Option<Factor>,
    /// The id of the authenticator that was used or changed.
    authenticator: Option<String>,
    /// `email`, `sms` or `voice`: how a code was sent.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    channel: Option<Channel>,
    /// The recovery code that was used.
    code_number: Option<u8>,
    /// From when on a delayed recovery can be completed.
    effective_at: Option<Time>,
    /// When the login began that nobody completed.
    begun_at: Option<Time>,
    /// The first factor of that login, such as `password`.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    first_factor: Option<FirstFactorKind>,
}

/// Who acted. An administrator is not named to the user.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Actor))]
#[serde(rename_all = "snake_case")]
enum ActorName {
    User,
    Administrator,
    System,
}

impl From<RecordedEvent> for EventBody {
    /// The event as its owner sees it. Where an administrator sat is not the user's to know.
    fn from(recorded: RecordedEvent) -> Self {
        match recorded.event.actor {
            Actor::User => Self::of(&recorded, &recorded.event.source),
            _ => Self::of(&recorded, &Source::default()),
        }
    }
}

impl EventBody {
    pub(crate) fn of(recorded: &RecordedEvent, source: &Source) -> Self {
        let event = &recorded.event;
        Self {
            id: recorded.position.as_i64().to_string(),
            kind: event.kind,
            severity: event.severity,
            at: Time(event.at),
            actor: match event.actor {
                Actor::User => ActorName::User,
                Actor::Administrator(_) => ActorName::Administrator,
                _ => ActorName::System,
            },
            ip: source.ip.map(|address| address.to_string()),
            user_agent: source.user_agent.clone(),
            outcome: event.outcome,
            reason: event.reason,
            factor: event.factor,
            authenticator: event.authenticator.map(|id| id.to_string()),
            channel: event.channel,
            code_number: event.code_number,
            effective_at: event.effective_at.map(Time),
            begun_at: event.begun_at.map(Time),
            first_factor: event.first_factor,
        }
    }
}

async fn list(call: Call) -> Result<Response, Problem> {
    let owner = call.owner().await?;
    owner.status().await?;
    let (events, before) = page_of(&call, &owner, owner.user()).await?;
    let events = events.into_iter().map(Into::into).collect();
    Ok(Response::json(200, &EventsBody { events, before })?)
}

/// A page of a user's events, and where the next one begins.
pub(crate) async fn page_of(
    call: &Call,
    owner: &Owner,
    user: &UserId,
) -> Result<(Vec<RecordedEvent>, Option<String>), Problem> {
    let page: Page = call.query("the parameter `before` is of no page")?;
    let before = page.before.map(EventPosition::from_i64);
    let directory = call.visitor.state.directory()?;
    let mut events = owner.run(directory.events(user, before, PAGE + 1)).await?;
    let has_more = events.len() > PAGE;
    events.truncate(PAGE);
    let last = events.last().filter(|_| has_more);
    let before = last.map(|event| event.position.as_i64().to_string());
    Ok((events, before))
}
