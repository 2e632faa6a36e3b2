//! Everything that is traced, as text, by thread: a test runs in one.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::{Debug, Write};
use std::sync::Once;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

thread_local! {
    static HERE: RefCell<Captured> = RefCell::default();
}

#[derive(Default)]
struct Captured {
    lines: Vec<String>,
    spans: BTreeMap<u64, String>,
    entered: Vec<u64>,
}

/// Keeps what is traced. It is the process's own subscriber, because one of a thread misses what
/// another thread was the first to trace.
pub(super) fn capture() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| tracing::subscriber::set_global_default(ByThread).unwrap());
}

/// How many lines this thread has traced.
pub(super) fn line_count() -> usize {
    HERE.with_borrow(|here| here.lines.len())
}

/// The lines of this thread from there on, each with the spans that it stands in.
pub(super) fn lines_from(first: usize) -> Vec<String> {
    HERE.with_borrow(|here| here.lines[first..].to_vec())
}

struct ByThread;

struct Line<'a>(&'a mut String);

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // Random digits, in which any code may be found.
        if field.name() != "elapsed" {
            write!(self.0, "{field}={value:?} ").unwrap();
        }
    }
}

impl Subscriber for ByThread {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        HERE.with_borrow_mut(|here| {
            let id = here.spans.len() as u64 + 1;
            let mut text = format!("{}: ", span.metadata().name());
            span.record(&mut Line(&mut text));
            here.spans.insert(id, text);
            Id::from_u64(id)
        })
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        HERE.with_borrow_mut(|here| {
            let text = here.spans.entry(span.into_u64()).or_default();
            values.record(&mut Line(text));
        });
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        HERE.with_borrow_mut(|here| {
            let mut line = format!("{} ", event.metadata().level());
            for span in &here.entered {
                write!(line, "[{}] ", here.spans[span].trim_end()).unwrap();
            }
            event.record(&mut Line(&mut line));
            here.lines.push(line);
        });
    }

    fn enter(&self, span: &Id) {
        HERE.with_borrow_mut(|here| here.entered.push(span.into_u64()));
    }

    fn exit(&self, _: &Id) {
        HERE.with_borrow_mut(|here| here.entered.pop());
    }
}
