//! The OpenAPI document as a whole, beside the contract that it is of.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::World;

/// Method, route, and the codes of the refusals that front ends rely on.
const CONTRACT: &str = "
POST /mfa/verify invalid_code invalid_passkey user_verification_required invalid_token factor_disabled token_expired token_spent locked throttled
POST /mfa/verify/cancel
GET /mfa/status unauthenticated
POST /mfa/setup/start unauthenticated reauthentication_failed reauthentication_required
POST /mfa/setup/confirm invalid_code token_expired token_spent superseded nothing_pending throttled
DELETE /mfa/setup unauthenticated
POST /mfa/passkeys/register/start unauthenticated reauthentication_failed reauthentication_required method_unavailable
POST /mfa/passkeys/register/finish invalid_passkey user_verification_required key_already_bound superseded token_expired token_spent
POST /mfa/verify/passkey/start unauthenticated not_enrolled method_unavailable invalid_token token_expired token_spent locked
GET /mfa/recovery-codes unauthenticated not_enrolled
POST /mfa/recovery-codes/regenerate reauthentication_failed reauthentication_required throttled
POST /mfa/recovery-codes/acknowledge unauthenticated unknown_recovery_codes
POST /mfa/recovery-codes/sheet token_expired token_spent
POST /mfa/disable reauthentication_failed reauthentication_required required_by_policy not_enrolled throttled
DELETE /mfa reauthentication_failed reauthentication_required required_by_policy not_enrolled throttled
POST /mfa/step-up reauthentication_failed throttled
GET /mfa/events unauthenticated
GET /mfa/authenticators unauthenticated
PATCH /mfa/authenticators/{id} unauthenticated unknown_authenticator
DELETE /mfa/authenticators/{id} reauthentication_failed reauthentication_required unknown_authenticator last_authenticator required_by_policy
GET /mfa/devices unauthenticated
DELETE /mfa/devices unauthenticated
DELETE /mfa/devices/current unauthenticated unknown_device
DELETE /mfa/devices/{id} unauthenticated unknown_device
POST /mfa/email/send method_unavailable token_expired token_spent throttled
POST /mfa/sms/send method_unavailable token_expired token_spent throttled
POST /mfa/voice/send method_unavailable token_expired token_spent throttled
POST /mfa/email/void invalid_token token_expired locked
POST /mfa/recovery/request method_unavailable recovery_pending token_expired
POST /mfa/recovery/cancel unauthenticated no_recovery token_expired
POST /mfa/recovery/complete method_unavailable recovery_waiting token_expired
POST /mfa/lock unauthenticated token_expired
GET /mfa/admin/users unauthenticated forbidden locked invalid_request
GET /mfa/admin/users/{id} unauthenticated forbidden locked unknown_user
GET /mfa/admin/users/{id}/events unauthenticated forbidden locked unknown_user
POST /mfa/admin/users/{id}/reset forbidden unknown_user reason_required
POST /mfa/admin/users/{id}/lock forbidden unknown_user reason_required
POST /mfa/admin/users/{id}/unlock forbidden unknown_user reason_required
GET /openapi.json
";

#[test]
fn each_route_of_the_contract_is_documented_with_what_it_refuses_and_no_other_is() {
    let document = World::new().document();
    let mut named = BTreeSet::new();
    for line in CONTRACT.lines().filter(|line| !line.is_empty()) {
        let mut words = line.split(' ');
        let (method, path) = (words.next().unwrap(), words.next().unwrap());
        let operation = format!("{method} /auth{path}");
        for code in words {
            let mut promised = document.promised().iter();
            let found = promised
                .any(|seen| seen.operation == operation && seen.code.as_deref() == Some(code));
            assert!(found, "{operation} does not tell of {code}");
        }
        named.insert(operation);
    }
    let own = [
        "POST /auth/login",
        "POST /auth/password",
        "GET /auth/me",
        "POST /auth/transfer",
        "GET /auth/vault",
    ];
    named.extend(own.map(String::from));
    let documented: BTreeSet<_> = document.operations().into_keys().collect();
    assert_eq!(documented, named);
}

#[test]
fn the_document_is_openapi_3_1_and_whole() {
    let document = World::new().document();
    let json = document.json();
    assert!(json["openapi"].as_str().unwrap().starts_with("3.1."));
    let mut ids = BTreeSet::new();
    for (name, operation) in document.operations() {
        let id = operation["operationId"].as_str().unwrap();
        assert!(
            ids.insert(id),
            "{name}: {id} stands for another operation as well"
        );
        assert!(
            operation["summary"].is_string() || name.contains("/auth/transfer"),
            "{name}"
        );
        let parameters = operation["parameters"].as_array().map_or(0, Vec::len);
        assert_eq!(
            parameters > 0,
            name.contains('{') || name.ends_with("/events") || name.ends_with("/admin/users"),
            "{name}"
        );
    }
    let mut references = BTreeSet::new();
    collect(json, &mut references);
    let schemas = json["components"]["schemas"].as_object().unwrap();
    let there: BTreeSet<_> = schemas
        .keys()
        .map(|name| format!("#/components/schemas/{name}"))
        .collect();
    assert_eq!(references.difference(&there).count(), 0, "{references:?}");
    for name in schemas.keys() {
        let is_plain = name.chars().all(|letter| letter.is_ascii_alphabetic());
        assert!(
            is_plain && name.starts_with(|letter: char| letter.is_ascii_uppercase()),
            "{name}"
        );
        assert!(
            !name.ends_with("Body"),
            "{name} is named after how it is made"
        );
    }
}

fn collect(json: &Value, references: &mut BTreeSet<String>) {
    match json {
        Value::Object(members) => {
            for (name, value) in members {
                match value.as_str().filter(|_| name == "$ref") {
                    Some(reference) => drop(references.insert(reference.to_owned())),
                    None => collect(value, references),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, references)),
        _ => {}
    }
}

#[tokio::test]
async fn the_document_is_served_to_anybody() {
    let mut anybody = World::new().browser();
    anybody.headers.clear();
    let served = anybody.get("/auth/openapi.json").await.ok(200);
    assert_eq!(served, *World::new().document().json());
}
