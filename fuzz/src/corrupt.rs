//! Changes to something valid, spelled out by the fuzzer's bytes.

use serde_json::Value;

/// Takes bytes from the front of the fuzzer's input; where it ends there are zeros.
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

    /// Below `bound`, which is not zero.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::from(u16::from_le_bytes([self.byte(), self.byte()])) % bound
    }

    pub fn bytes(&mut self, length: usize) -> &'a [u8] {
        let (bytes, rest) = self.0.split_at(length.min(self.0.len()));
        self.0 = rest;
        bytes
    }
}

/// Cuts, inserts and replaces bytes of ASCII text. It stays ASCII.
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

/// How large a document may be before it is changed once more, in nodes and bytes of text. One change makes it at most
/// 64 times as large.
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

/// Where [`json`] counts the part that this JSON pointer names.
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
                // More than any list may have; several hundred keys would only take long.
                elements.resize(elements.len() + usize::from(choices.byte() % 64), last);
            }
        }
        // Long strings, such as the hashes of far too many recovery codes.
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

/// The node before which `place` others stand.
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

/// Counts the nodes that stand before the one sought, and tells whether it is there.
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
