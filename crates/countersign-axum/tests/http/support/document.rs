//! The OpenAPI document as a judge: an answer that it does not promise fails the test that got it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

/// One kind of answer: method and route as the document writes them, status, and the problem's
/// code.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Seen {
    pub(crate) operation: String,
    pub(crate) status: u16,
    pub(crate) code: Option<String>,
}

thread_local! {
    static PROVOKED: RefCell<BTreeSet<Seen>> = RefCell::default();
}

/// What this thread got for answers so far.
pub(crate) fn provoked() -> BTreeSet<Seen> {
    PROVOKED.with_borrow(Clone::clone)
}

#[derive(Debug)]
pub(crate) struct Document {
    json: Value,
    promised: BTreeSet<Seen>,
}

impl Document {
    pub(crate) fn new(json: Value) -> Self {
        let mut document = Self {
            json,
            promised: BTreeSet::new(),
        };
        document.promised = document.all_promised();
        document
    }

    pub(crate) fn json(&self) -> &Value {
        &self.json
    }

    /// Everything that is promised.
    pub(crate) fn promised(&self) -> &BTreeSet<Seen> {
        &self.promised
    }

    /// `POST /auth/mfa/verify` and all the others.
    pub(crate) fn operations(&self) -> BTreeMap<String, &Value> {
        let paths = self.json["paths"].as_object().unwrap();
        let all = paths.iter().flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().iter();
            methods.map(move |(method, operation)| {
                (format!("{} {path}", method.to_uppercase()), operation)
            })
        });
        all.collect()
    }

    fn all_promised(&self) -> BTreeSet<Seen> {
        let operations = self.operations();
        let all = operations.into_iter().flat_map(|(name, operation)| {
            let responses = operation["responses"].as_object().unwrap().iter();
            responses.flat_map(move |(status, response)| {
                let status = status.parse().unwrap();
                let name = name.clone();
                codes(status, response).into_iter().map(move |code| Seen {
                    operation: name.clone(),
                    status,
                    code,
                })
            })
        });
        all.collect()
    }

    /// Fails unless the answer is promised, and of the promised shape. What no operation answers is
    /// judged by its code.
    pub(crate) fn judge(&self, method: &str, path: &str, status: u16, json: &Value, text: &str) {
        let code = json["code"].as_str().filter(|_| status >= 400);
        let Some((name, operation)) = self.find(method, path) else {
            let unknown = ["not_found", "method_not_allowed", "foreign_origin"];
            assert!(
                code.is_some_and(|code| unknown.contains(&code)),
                "{method} {path}: {text}"
            );
            return;
        };
        let seen = Seen {
            operation: name,
            status,
            code: code.map(str::to_owned),
        };
        assert!(self.promised.contains(&seen), "not documented: {seen:?}");
        let content = &operation["responses"][status.to_string()]["content"];
        match content
            .as_object()
            .and_then(|content| content.iter().next())
        {
            None => assert_eq!(text, "", "{seen:?} has a body"),
            Some((media, content)) if media.ends_with("json") => {
                let fits = self.check(&content["schema"], json, "body");
                fits.unwrap_or_else(|error| panic!("{seen:?}: {error} in {text}"));
            }
            Some((media, _)) => assert_eq!(media, "text/plain"),
        }
        PROVOKED.with_borrow_mut(|provoked| provoked.insert(seen));
    }

    fn find(&self, method: &str, path: &str) -> Option<(String, &Value)> {
        let path = path.split('?').next().unwrap();
        let fits = |name: &str| {
            let Some((its_method, template)) = name.split_once(' ') else {
                return false;
            };
            let (wanted, given) = (template.split('/'), path.split('/'));
            its_method == method
                && wanted.clone().count() == given.clone().count()
                && wanted.zip(given).all(|(wanted, given)| {
                    wanted == given || (wanted.starts_with('{') && !given.is_empty())
                })
        };
        // As in the router, a path of its own comes before one with an id.
        let mut fitting: Vec<_> = self.operations().into_iter().collect();
        fitting.retain(|(name, _)| fits(name));
        fitting
            .into_iter()
            .min_by_key(|(name, _)| name.contains('{'))
    }

    /// Whether a value is of a schema. It is stricter than JSON Schema: no member may be there that
    /// the schema does not name.
    fn check(&self, schema: &Value, value: &Value, place: &str) -> Result<(), String> {
        let schema = self.resolved(schema);
        if schema
            .as_object()
            .is_some_and(|schema| schema.keys().all(|key| key == "description"))
        {
            return Ok(()); // of anything
        }
        for keyword in schema.as_object().unwrap().keys() {
            assert!(KEYWORDS.contains(&keyword.as_str()), "{keyword} is new");
        }
        for choice in ["oneOf", "anyOf"] {
            if let Some(choices) = schema[choice].as_array() {
                let fits = |one: &&Value| self.check(one, value, place).is_ok();
                let count = choices.iter().filter(fits).count();
                return match count {
                    1 => Ok(()),
                    _ => Err(format!("{place} fits {count} of {}", choices.len())),
                };
            }
        }
        let types: Vec<_> = match &schema["type"] {
            Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
            one => one.as_str().into_iter().collect(),
        };
        let is = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "integer",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        if !types.is_empty() && !types.contains(&is) {
            return Err(format!("{place} is {is} and not {types:?}"));
        }
        if let Some(allowed) = schema["enum"].as_array()
            && !allowed.contains(value)
        {
            return Err(format!("{place} is none of {allowed:?}"));
        }
        match value {
            Value::String(text) if schema["format"] == "date-time" && !is_moment(text) => {
                Err(format!("{place} is no moment"))
            }
            Value::Array(items) => items
                .iter()
                .try_for_each(|item| self.check(&schema["items"], item, &format!("{place}[]"))),
            Value::Object(members) => self.check_members(schema, members, place),
            _ => Ok(()),
        }
    }

    fn check_members(
        &self,
        schema: &Value,
        members: &Map<String, Value>,
        place: &str,
    ) -> Result<(), String> {
        let (mut named, mut required) = (BTreeMap::new(), BTreeSet::new());
        self.members(schema, &mut named, &mut required);
        if named.is_empty() {
            return Ok(()); // of members that another specification names
        }
        for name in &required {
            if !members.contains_key(name) {
                return Err(format!("{place}.{name} is missing"));
            }
        }
        members.iter().try_for_each(|(name, value)| {
            let place = format!("{place}.{name}");
            let schema = named.get(name).ok_or(format!("{place} is unknown"))?;
            self.check(schema, value, &place)
        })
    }

    fn members<'a>(
        &'a self,
        schema: &'a Value,
        named: &mut BTreeMap<String, &'a Value>,
        required: &mut BTreeSet<String>,
    ) {
        let schema = self.resolved(schema);
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.members(part, named, required);
        }
        for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
            named.insert(name.clone(), schema);
        }
        for name in schema["required"].as_array().into_iter().flatten() {
            required.insert(name.as_str().unwrap().to_owned());
        }
    }

    fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(reference) => {
                let found = self.json.pointer(reference.strip_prefix('#').unwrap());
                self.resolved(found.unwrap_or_else(|| panic!("{reference} leads nowhere")))
            }
            None => schema,
        }
    }
}

const KEYWORDS: [&str; 16] = [
    "$ref",
    "type",
    "format",
    "properties",
    "required",
    "items",
    "enum",
    "oneOf",
    "anyOf",
    "allOf",
    "description",
    "example",
    "minimum",
    "minLength",
    "maxLength",
    "pattern",
];

/// The names of an object's members, in the order of the alphabet.
pub(crate) fn members(json: &Value) -> Vec<&str> {
    let names = json.as_object().unwrap().keys();
    let names: BTreeSet<_> = names.map(String::as_str).collect();
    names.into_iter().collect()
}

/// The codes that a response of this status lists, or that there is none.
fn codes(status: u16, response: &Value) -> Vec<Option<String>> {
    if status < 400 {
        return vec![None];
    }
    let lines = response["description"].as_str().unwrap().split("\n\n");
    lines
        .map(|line| line.split('`').nth(1).map(str::to_owned))
        .collect()
}

/// `2026-11-20T22:41:01Z`
fn is_moment(text: &str) -> bool {
    let pattern = "dddd-dd-ddTdd:dd:ddZ";
    let fits = |(letter, wanted): (char, char)| match wanted {
        'd' => letter.is_ascii_digit(),
        _ => letter == wanted,
    };
    text.len() == pattern.len() && text.chars().zip(pattern.chars()).all(fits)
}
