//! A request to a route, read by its handler step by step: first who makes it, then what it says.

use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;

use crate::body::{body, optional_body};
use crate::owner::Owner;
use crate::problem::Problem;
use crate::request::Content;
use crate::visitor::Visitor;

/// A request to a route.
pub(crate) struct Call {
    pub(crate) visitor: Visitor,
    /// The `{id}` of the path.
    pub(crate) id: String,
    pub(crate) query: String,
    pub(crate) content: Content,
}

impl Call {
    pub(crate) async fn owner(&self) -> Result<Owner, Problem> {
        self.visitor.owner().await
    }

    pub(crate) fn body<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        body(&self.visitor.head.headers, &self.content)
    }

    /// A body that may be left out, or be `null`.
    pub(crate) fn optional_body<T: DeserializeOwned + Default>(&self) -> Result<T, Problem> {
        optional_body(&self.visitor.head.headers, &self.content)
    }

    /// The query, or the refusal that says what is wrong with it.
    pub(crate) fn query<T: DeserializeOwned>(&self, wrong: &'static str) -> Result<T, Problem> {
        let query = serde_urlencoded::from_str(&self.query);
        query.map_err(|_| Problem::invalid(wrong))
    }
}

/// The `{id}` of a path: the segment that stands where the pattern has it, counted from the end.
/// Text that is not UTF-8 is an empty id, which names nothing.
pub(crate) fn id_in(path: &str, pattern: &str) -> String {
    let place = pattern.rsplit('/').position(|segment| segment == "{id}");
    let id = place.and_then(|place| path.rsplit('/').nth(place));
    let id = percent_decode_str(id.unwrap_or_default()).decode_utf8();
    id.map(String::from).unwrap_or_default()
}

/// Whether a path is of this pattern.
pub(crate) fn matches(path: &str, pattern: &str) -> bool {
    let mut segments = path.split('/');
    let fit = pattern.split('/').all(|expected| match segments.next() {
        Some(segment) => segment == expected || (expected == "{id}" && !segment.is_empty()),
        None => false,
    });
    fit && segments.next().is_none()
}
