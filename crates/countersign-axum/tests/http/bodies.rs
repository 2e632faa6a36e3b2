//! Bodies that are not what they should be: each gets a problem that says what is wrong, and
//! repeats nothing.

use serde_json::{Value, json};

use crate::refusals::ready::ready;
use crate::support::{Answer, World};

/// Stands for whatever must not come back.
const MARK: &str = "M4RK-5e3a9c";

fn demand_silence(answer: &Answer) {
    assert!(!answer.text.contains(MARK), "{}", answer.text);
}

/// Each operation with a body, and the body's schema.
fn operations() -> Vec<(String, Value, bool)> {
    let document = World::new().document();
    let operations = document.operations().into_iter();
    let bodies = operations.filter_map(|(name, operation)| {
        let body = &operation["requestBody"];
        let schema = &body["content"]["application/json"]["schema"];
        // What may be left out may also be null.
        let given = schema["oneOf"].as_array().into_iter().flatten();
        let given = given.chain([schema]).find_map(|one| one["$ref"].as_str());
        let reference = given?;
        let schema = document.json().pointer(&reference[1..]).unwrap().clone();
        Some((name, schema, body["required"] == true))
    });
    let bodies: Vec<_> = bodies.filter(|(name, ..)| name.contains("/mfa")).collect();
    assert_eq!(bodies.len(), 26);
    bodies
}

#[tokio::test]
async fn what_is_no_json_is_refused_everywhere() {
    let deep = format!("{{\"x\":{}{MARK}", "[".repeat(4_000));
    let cut = format!("{{\"code\":\"{MARK}");
    let malformed = [deep.into_bytes(), cut.into_bytes()];
    for (operation, ..) in operations() {
        let mut ready = ready(&operation).await;
        let good = ready.call.clone();
        let trailing = format!("{} \"{MARK}\"", good.body.as_ref().unwrap());
        let fields = good.body.as_ref().unwrap().as_object().unwrap().keys();
        // Text that is not UTF-8.
        let mut odd = fields.map(|field| [br#"{""#, field.as_bytes(), b"\":\"\xff\"}"].concat());
        let more = [Some(trailing.into_bytes()), odd.next()];
        for bytes in malformed.iter().chain(more.iter().flatten()) {
            ready.call = good.clone().bytes(bytes.clone());
            let answer = ready.send().await.refused(400, "malformed_body");
            let detail = answer.json["detail"].as_str().unwrap();
            let is_told = detail.starts_with("it is malformed at line 1, column ");
            assert!(is_told || detail == "it is not UTF-8", "{detail}");
            demand_silence(&answer);
        }
    }
}

#[tokio::test]
async fn what_is_no_object_is_refused_everywhere() {
    let array = format!("[\"{MARK}\",\"{MARK}\",\"{MARK}\"]");
    let text = format!("\"{MARK}\"");
    for (operation, _, required) in operations() {
        let mut ready = ready(&operation).await;
        let good = ready.call.clone();
        let null = ["null"].into_iter().filter(|_| required);
        for bytes in [array.as_str(), "  []", &text, "7", "true"]
            .into_iter()
            .chain(null)
        {
            ready.call = good.clone().bytes(bytes);
            let answer = ready.send().await.refused(422, "invalid_request");
            assert_eq!(answer.json["detail"], "it has to be an object");
            demand_silence(&answer);
        }
    }
}

#[tokio::test]
async fn a_field_that_is_missing_or_wrong_is_named() {
    for (operation, schema, _) in operations() {
        let mut ready = ready(&operation).await;
        let good = ready.call.clone();
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        for field in schema["properties"].as_object().unwrap().keys() {
            let wrong = json!([{ MARK: MARK }]);
            ready.call = good.clone().with(field, wrong).with(MARK, MARK);
            let answer = ready.send().await.refused(422, "invalid_request");
            let detail = format!("the field `{field}` is not what it should be");
            assert_eq!(answer.json["detail"], detail, "{operation}");
            demand_silence(&answer);

            let twice = format!("{{\"{field}\":\"{MARK}\",\"{field}\":\"{MARK}\"}}");
            let twice = match field.as_str() {
                "trustDevice" => format!("{{\"{field}\":true,\"{field}\":true}}"),
                "assertion" | "credential" => format!("{{\"{field}\":{{}},\"{field}\":{{}}}}"),
                "method" => format!("{{\"{field}\":\"totp\",\"{field}\":\"totp\"}}"),
                _ => twice,
            };
            ready.call = good.clone().bytes(twice);
            let answer = ready.send().await.refused(422, "invalid_request");
            let detail = format!("the field `{field}` is there twice");
            assert_eq!(answer.json["detail"], detail, "{operation}");
            demand_silence(&answer);

            if required.contains(&json!(field)) {
                ready.call = good.clone().with(MARK, MARK).with(field, Value::Null);
                let answer = ready.send().await.refused(422, "invalid_request");
                demand_silence(&answer);
                ready.call = good.clone().with(field, "").without(field);
                let answer = ready.send().await.refused(422, "invalid_request");
                let detail = format!("the field `{field}` is missing");
                assert_eq!(answer.json["detail"], detail, "{operation}");
            }
        }
    }
}

#[tokio::test]
async fn an_unknown_value_of_a_choice_does_not_come_back() {
    let mut verify = ready("POST /auth/mfa/verify").await;
    verify.call = verify.call.clone().with("method", MARK);
    let answer = verify.send().await.refused(422, "invalid_request");
    assert_eq!(
        answer.json["detail"],
        "the field `method` is not what it should be"
    );
    demand_silence(&answer);

    let mut step_up = ready("POST /auth/mfa/step-up").await;
    step_up.call = step_up.call.clone().with("purpose", format!("app:{MARK}"));
    let answer = step_up.send().await.refused(422, "invalid_request");
    assert_eq!(
        answer.json["detail"],
        "the field `purpose` names no purpose"
    );
    demand_silence(&answer);
}

#[tokio::test]
async fn a_body_has_to_be_declared_as_json() {
    let foreign = [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
    ];
    for (operation, ..) in operations() {
        let mut ready = ready(&operation).await;
        let good = ready.call.clone();
        for kind in foreign {
            ready.call = good.clone().header("content-type", kind);
            ready.send().await.refused(415, "not_json");
        }
        ready.call = good.header("content-type", "Application/JSON; charset=utf-8");
        let answer = ready.send().await;
        assert!(answer.status < 300, "{operation}: {}", answer.text);
    }
}

#[tokio::test]
async fn a_body_has_to_be_there_where_it_is_required() {
    for (operation, schema, required) in operations() {
        let mut ready = ready(&operation).await;
        let good = ready.call.clone();
        ready.call.body = None;
        let missing = ready.send().await;
        if required {
            let missing = missing.refused(400, "malformed_body");
            assert_eq!(missing.json["detail"], "the body is missing", "{operation}");
            continue;
        }
        // Everything in it may be left out, and so may it. A proof is asked for, and the session
        // says the rest.
        assert!(!schema["required"].is_array(), "{operation}");
        if missing.status >= 300 {
            missing.refused(403, "reauthentication_required");
            ready.call = good.bytes("null");
            let null = ready.send().await;
            null.refused(403, "reauthentication_required");
        }
    }
}

#[tokio::test]
async fn a_body_may_have_24_kib_and_no_more() {
    for (size, status) in [(24 * 1024, 200), (24 * 1024 + 1, 413)] {
        let mut ready = ready("POST /auth/mfa/verify").await;
        let mut body = ready.call.body.clone().unwrap().to_string();
        body.push_str(&" ".repeat(size - body.len()));
        ready.call = ready.call.clone().bytes(body);
        let answer = ready.send().await;
        assert_eq!(answer.status, status, "{}", answer.text);
    }
}

#[tokio::test]
async fn unknown_fields_are_passed_over() {
    for (operation, ..) in operations() {
        let mut ready = ready(&operation).await;
        ready.call = ready
            .call
            .clone()
            .with("unknown", json!({ "deep": [1, [2]] }));
        let answer = ready.send().await;
        assert!(answer.status < 300, "{operation}: {}", answer.text);
    }
}

#[tokio::test]
async fn one_request_tries_one_factor() {
    for operation in [
        "POST /auth/mfa/setup/start",
        "POST /auth/mfa/disable",
        "DELETE /auth/mfa",
        "POST /auth/mfa/recovery-codes/regenerate",
        "DELETE /auth/mfa/authenticators/{id}",
    ] {
        let mut ready = ready(operation).await;
        let good = ready.call.clone();
        // Beside a code, a step-up token is neither looked at nor used up.
        let purpose = match operation {
            "POST /auth/mfa/setup/start" => "add",
            "POST /auth/mfa/recovery-codes/regenerate" => "regenerate",
            "DELETE /auth/mfa/authenticators/{id}" => "remove",
            _ => "disable",
        };
        let number = ready.person.recovery.len() - 1;
        let token = ready.person.step_up(purpose, number).await;
        let wrong = ready.person.wrong_code();
        ready.call = good
            .clone()
            .with("stepUpToken", token.clone())
            .with("code", wrong);
        ready.send().await.refused(401, "reauthentication_failed");
        ready.call = good.clone().with("stepUpToken", "cs1s_").without("code");
        ready.send().await.refused(401, "reauthentication_failed");
        ready.call = good.with("stepUpToken", token).without("code");
        let answer = ready.send().await;
        assert!(answer.status < 300, "{operation}: {}", answer.text);
    }
}

#[tokio::test]
async fn a_password_that_would_be_dear_to_hash_is_refused() {
    let mut ready = ready("POST /auth/mfa/disable").await;
    for (length, status) in [(1024, 401), (1025, 422)] {
        ready.call = ready.call.clone().with("password", "x".repeat(length));
        assert_eq!(ready.send().await.status, status);
    }
}

#[tokio::test]
async fn ids_that_are_none_are_nobodys() {
    for (operation, code) in [
        (
            "PATCH /auth/mfa/authenticators/{id}",
            "unknown_authenticator",
        ),
        (
            "DELETE /auth/mfa/authenticators/{id}",
            "unknown_authenticator",
        ),
        ("DELETE /auth/mfa/devices/{id}", "unknown_device"),
        ("POST /auth/mfa/admin/users/{id}/lock", "unknown_user"),
    ] {
        let mut ready = ready(operation).await;
        let template = operation.split(' ').nth(1).unwrap();
        for id in [MARK, "%FF", "..%2F..", "%00", "0", &"f".repeat(300)] {
            ready.call.path = template.replace("{id}", id);
            let answer = ready.send().await.refused(404, code);
            demand_silence(&answer);
        }
    }
}

#[tokio::test]
async fn queries_that_are_none_are_refused() {
    let mut ready = ready("GET /auth/mfa/events").await;
    for query in [MARK, "", "1.5", "9223372036854775808", "1&before=2", "%FF"] {
        ready.call.path = format!("/auth/mfa/events?before={query}");
        let answer = ready.send().await.refused(422, "invalid_request");
        assert_eq!(
            answer.json["detail"],
            "the parameter `before` is of no page"
        );
    }
    for query in [
        "before=-1",
        "before=0",
        "after=1",
        "before=9223372036854775807",
    ] {
        ready.call.path = format!("/auth/mfa/events?{query}");
        ready.send().await.ok(200);
    }
}

#[tokio::test]
async fn nothing_and_nothing_of_that_kind_are_problems_too() {
    let world = World::new();
    let mut browser = world.browser();
    for path in [
        "/auth/nothing",
        "/auth/mfa/",
        "/auth/mfa/devices/a/b",
        "/auth/mfa/verify/",
    ] {
        browser.get(path).await.refused(404, "not_found");
    }
    let answer = browser.get("/auth/mfa/verify").await;
    let answer = answer.refused(405, "method_not_allowed");
    assert_eq!(answer.header("allow"), Some("POST"));
    let answer = browser.post("/auth/mfa/devices", json!({})).await;
    let answer = answer.refused(405, "method_not_allowed");
    assert_eq!(answer.header("allow"), Some("GET,HEAD,DELETE"));
}
