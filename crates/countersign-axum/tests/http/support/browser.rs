//! Somebody's browser: it keeps cookies and says which page it is on.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, header};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

use super::host::TestHost;
use super::world::World;

pub(crate) const FIREFOX: &str =
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";

#[derive(Clone)]
pub(crate) struct Browser {
    pub(crate) world: World,
    pub(crate) jar: BTreeMap<String, String>,
    /// Sent with each request.
    pub(crate) headers: BTreeMap<String, String>,
}

/// A request that is to be made.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) body: Option<Value>,
    /// In the place of the body.
    pub(crate) bytes: Option<Vec<u8>>,
    pub(crate) headers: BTreeMap<String, String>,
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) json: Value,
}

impl Browser {
    pub(super) fn new(world: &World, origin: &str) -> Self {
        let headers = [("origin", origin), ("user-agent", FIREFOX)];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self {
            world: world.clone(),
            jar: BTreeMap::new(),
            headers: headers.into(),
        }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(&Call::new("GET", path)).await
    }

    pub(crate) async fn post(&mut self, path: &str, body: Value) -> Answer {
        self.send(&Call::new("POST", path).json(body)).await
    }

    pub(crate) async fn delete(&mut self, path: &str, body: Option<Value>) -> Answer {
        let call = Call::new("DELETE", path);
        self.send(&Call { body, ..call }).await
    }

    pub(crate) async fn send(&mut self, call: &Call) -> Answer {
        let mut headers = self.headers.clone();
        if !self.jar.is_empty() {
            let cookies = self.jar.iter();
            let cookies: Vec<_> = cookies
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            headers.insert("cookie".to_owned(), cookies.join("; "));
        }
        let request_id = self.world.next_request_id();
        headers.insert("x-request-id".to_owned(), request_id.clone());
        let bytes = match (&call.bytes, &call.body) {
            (Some(bytes), _) => bytes.clone(),
            (None, Some(json)) => json.to_string().into_bytes(),
            (None, None) => Vec::new(),
        };
        if call.body.is_some() || call.bytes.is_some() {
            headers.insert("content-type".to_owned(), "application/json".to_owned());
        }
        headers.extend(call.headers.clone());

        let address = SocketAddr::from((Ipv4Addr::new(192, 0, 2, 7), 4711));
        let mut request = Request::builder()
            .method(call.method)
            .uri(&call.path)
            .extension(ConnectInfo(address));
        for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
            request = request.header(name, value);
        }
        let request = request.body(Body::from(bytes)).unwrap();
        let response = self.world.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8(body.to_vec()).unwrap();
        let answer = Answer {
            status: parts.status.as_u16(),
            json: serde_json::from_str(&text).unwrap_or_default(),
            headers: parts.headers,
            text,
        };
        answer.keep_cookies(&mut self.jar);
        self.world.examine(call, &answer, &request_id);
        self.world.hide_all(self.jar.values().cloned());
        answer
    }

    /// Fails unless nobody is signed in here.
    pub(crate) async fn demand_signed_out(&mut self) {
        for path in ["/auth/me", "/auth/mfa/status"] {
            self.get(path).await.refused(401, "unauthenticated");
        }
    }

    /// The id of the session that the browser has.
    pub(crate) fn session(&self) -> Option<&str> {
        self.jar.get(TestHost::COOKIE).map(String::as_str)
    }

    /// The cookies that tokens are bound to.
    pub(crate) fn bindings(&self) -> BTreeMap<String, String> {
        let bindings = self.jar.iter().filter(|(name, _)| name.contains("binding"));
        let bindings = bindings.map(|(name, value)| (name.clone(), value.clone()));
        bindings.collect()
    }
}

impl Call {
    pub(crate) fn new(method: &'static str, path: &str) -> Self {
        Self {
            method,
            path: path.to_owned(),
            body: None,
            bytes: None,
            headers: BTreeMap::new(),
        }
    }

    pub(crate) fn json(self, body: Value) -> Self {
        Self {
            body: Some(body),
            ..self
        }
    }

    pub(crate) fn bytes(self, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            bytes: Some(bytes.into()),
            ..self
        }
    }

    /// Another value of a header; an empty one leaves it out.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Another value of a field of the body.
    pub(crate) fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        let body = self
            .body
            .get_or_insert_with(|| Value::Object(Default::default()));
        body[field] = value.into();
        self
    }

    pub(crate) fn without(mut self, field: &str) -> Self {
        let body = self.body.as_mut().and_then(Value::as_object_mut);
        body.unwrap().remove(field);
        self
    }
}

impl Answer {
    /// The body of a success.
    #[track_caller]
    pub(crate) fn ok(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.json
    }

    /// A problem.
    #[track_caller]
    pub(crate) fn refused(self, status: u16, code: &str) -> Self {
        let got = (self.status, self.json["code"].as_str());
        assert_eq!(got, (status, Some(code)), "{}", self.text);
        self
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Each `Set-Cookie`: name, value and attributes.
    pub(crate) fn cookies(&self) -> Vec<(&str, &str, Vec<&str>)> {
        let cookies = self.headers.get_all(header::SET_COOKIE).iter();
        let cookies = cookies.map(|cookie| {
            let mut parts = cookie.to_str().unwrap().split("; ");
            let (name, value) = parts.next().unwrap().split_once('=').unwrap();
            (name, value, parts.collect())
        });
        cookies.collect()
    }

    fn keep_cookies(&self, jar: &mut BTreeMap<String, String>) {
        for (name, value, attributes) in self.cookies() {
            if attributes.contains(&"Max-Age=0") {
                jar.remove(name);
            } else {
                jar.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}
