//! Whether the user of this request needs a second factor.

use super::context::Context;
use super::draft::Draft;
use super::halt::Halt;
use crate::denial::Denial;
use crate::event::EventKind;
use crate::request::ContextError;
use crate::requirement::{Due, Requirement};

impl Draft<'_> {
    /// When the user needs a second factor. The user's grace begins, unless it has begun before.
    pub(crate) fn begin_grace(&mut self) -> Result<Due, ContextError> {
        let requirement = self.requirement()?;
        let now = self.context.now;
        if matches!(requirement, Requirement::Within(_)) && self.account.grace_began.is_none() {
            self.account.grace_began = Some(now);
            self.record(self.event(EventKind::GraceBegan));
        }
        Ok(requirement.due(self.account.grace_began, now))
    }

    /// Refuses to leave the user without a second factor once it is due.
    pub(crate) fn demand_dispensable(&self) -> Result<(), Halt> {
        let due = self
            .requirement()?
            .due(self.account.grace_began, self.context.now);
        match due {
            Due::Now => Err(Denial::RequiredByPolicy.into()),
            Due::Never | Due::At(_) => Ok(()),
        }
    }

    /// The stricter of what policy and request require.
    fn requirement(&self) -> Result<Requirement, ContextError> {
        let Context {
            policy, request, ..
        } = self.context;
        if policy.requirement_per_request && request.requirement.is_none() {
            return Err(ContextError::RequirementMissing);
        }
        Ok(policy.required_of(request))
    }
}
