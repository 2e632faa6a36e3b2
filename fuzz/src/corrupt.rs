//! Changes to valid inputs, as the bytes of the fuzzer choose.

use serde_json::Value;

/// Takes bytes from the front of the fuzzer's input. After its end they are zero.
pub struct Choices<'a>(pub &'a [u8]);

impl<'a> Choices<'a> {
    pub fn is_over(&self) -> bool {
        self.0.is_empty()
    }

    pub fn byte(&mut self) -> u8 {
        let Some((byte, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *byte
    }

    pub fn number(&mut self) -> u64 {
        u64::from_le_bytes(std::array::from_fn(|_| self.byte()))
    }

    /// A number below `bound`, which is not zero.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::from(u16::from_le_bytes([self.byte(), self.byte()])) % bound
    }

    pub fn bytes(&mut self, length: usize) -> &'a [u8] {
        let (bytes, rest) = self.0.split_at(length.min(self.0.len()));
        self.0 = rest;
        bytes
    }
}

/// Cuts, inserts and replaces bytes of an ASCII text. The result is ASCII.
pub fn text(valid: &str, choices: &mut Choices<'_>) -> String {
    let mut letters = valid.as_bytes().to_vec();
    while !choices.is_over() && !letters.is_empty() {
        let (kind, place) = (choices.byte(), choices.below(letters.len()));
        let letter = choices.byte() & 0x7f;
        match kind % 6 {
            0 | 1 => letters[place] = letter,
            2 => letters.insert(place, letter),
            3 => letters.insert(place + 1, letter),
            4 => drop(letters.remove(place)),
            _ => letters.truncate(place),
        }
    }
    String::from_utf8(letters).expect("ASCII stays ASCII")
}

/// The size of a document, in nodes and bytes of text, above which no change follows. One change
/// makes it at most 64 times as large.
const LARGE: usize = 4_000;

/// Changes parts of a JSON document.
pub fn json(mut document: Value, choices: &mut Choices<'_>) -> Value {
    while !choices.is_over() && weight(&document) < LARGE {
        let mut place = choices.below(count(&document));
        if let Some(node) = nth(&mut document, &mut place) {
            edit(node, choices);
        }
    }
    document
}

/// The place of a JSON pointer, as [`json`] counts places.
pub fn place(document: &Value, pointer: &str) -> Option<u16> {
    let sought = document.pointer(pointer)?;
    let mut before = 0;
    let found = steps_to(document, sought, &mut before);
    found.then(|| before.try_into().ok())?
}

fn edit(node: &mut Value, choices: &mut Choices<'_>) {
    match (choices.byte() % 8, &mut *node) {
        (0, _) => *node = Value::Null,
        (1, _) => *node = choices.number().into(),
        (2, Value::String(text)) => {
            let length = usize::from(choices.byte());
            *text = self::text(text, &mut Choices(choices.bytes(length)));
        }
        (3, Value::Object(members)) => {
            let place = choices.below(members.len().max(1));
            if let Some(name) = members.keys().nth(place).cloned() {
                members.remove(&name);
            }
        }
        (4, Value::Array(elements)) => {
            let place = choices.below(elements.len().max(1));
            if place < elements.len() {
                elements.remove(place);
            }
        }
        (5, Value::Array(elements)) => {
            if let Some(last) = elements.last().cloned() {
                // More elements than any list may have. Several hundred keys would only take time.
                elements.resize(elements.len() + usize::from(choices.byte() % 64), last);
            }
        }
        // Long strings, such as the hashes of too many recovery codes.
        (6, Value::String(text)) => *text = text.repeat(usize::from(choices.byte() % 40)),
        (7, Value::Number(number)) => {
            let changed = number.as_u64().unwrap_or(0);
            *node = changed
                .wrapping_add_signed(i64::from(choices.byte().cast_signed()))
                .into();
        }
        _ => *node = Value::from(choices.byte()),
    }
}

fn count(node: &Value) -> usize {
    1 + match node {
        Value::Array(elements) => elements.iter().map(count).sum(),
        Value::Object(members) => members.values().map(count).sum(),
        _ => 0,
    }
}

fn weight(node: &Value) -> usize {
    1 + match node {
        Value::Array(elements) => elements.iter().map(weight).sum(),
        Value::Object(members) => members.values().map(weight).sum(),
        Value::String(text) => text.len(),
        _ => 0,
    }
}

/// The node before which there are `place` others.
fn nth<'a>(node: &'a mut Value, place: &mut usize) -> Option<&'a mut Value> {
    if *place == 0 {
        return Some(node);
    }
    *place -= 1;
    match node {
        Value::Array(elements) => elements.iter_mut().find_map(|one| nth(one, place)),
        Value::Object(members) => members.values_mut().find_map(|one| nth(one, place)),
        _ => None,
    }
}

/// Counts the nodes before the sought one, and returns whether it exists.
fn steps_to(node: &Value, sought: &Value, before: &mut usize) -> bool {
    if std::ptr::eq(node, sought) {
        return true;
    }
    *before += 1;
    match node {
        Value::Array(elements) => elements.iter().any(|one| steps_to(one, sought, before)),
        Value::Object(members) => members.values().any(|one| steps_to(one, sought, before)),
        _ => false,
    }
}
