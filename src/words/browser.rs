//! Names by which people recognize browsers.

use std::fmt;

/// A browser and its system, by the names that people use.
///
/// The names come from a fixed list and not from the client, so that a mail may show them: no
/// client writes to the user through them. A client may name another browser than it is.
///
/// ```
/// use countersign::words::Browser;
///
/// let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
/// assert_eq!(Browser::of(agent).unwrap().to_string(), "Firefox on Linux");
/// assert_eq!(Browser::of("curl/8.5.0"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Browser {
    /// The browser, such as `Firefox`.
    pub name: Option<&'static str>,
    /// What it runs on, such as `Linux` or `iPhone`.
    pub system: Option<&'static str>,
}

impl Browser {
    /// The browser that a client's own description (`User-Agent`) names, if it names any.
    #[must_use]
    pub fn of(agent: &str) -> Option<Self> {
        let (name, system) = (first(agent, &NAMES), first(agent, &SYSTEMS));
        name.or(system).map(|_| Self { name, system })
    }

    /// Both names, with the word of a language between them.
    pub(super) fn joined(self, on: &str) -> String {
        match (self.name, self.system) {
            (Some(name), Some(system)) => format!("{name} {on} {system}"),
            (one, other) => one.or(other).unwrap_or_default().to_owned(),
        }
    }
}

impl fmt::Display for Browser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.joined("on"))
    }
}

/// A description contains several of these. The first one of the list names the browser.
const NAMES: [(&str, &str); 5] = [
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

const SYSTEMS: [(&str, &str); 7] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];

fn first(agent: &str, marks: &[(&str, &'static str)]) -> Option<&'static str> {
    let found = marks.iter().find(|(mark, _)| agent.contains(mark));
    found.map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_named_after_its_description() {
        let cases = [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
                Some("Firefox on Linux"),
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 \
                 Safari/537.36 Edg/142.0.0.0",
                Some("Edge on Windows"),
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                 Version/18.5 Mobile/15E148 Safari/604.1",
                Some("Safari on iPhone"),
            ),
            ("Firefox/145.0", Some("Firefox")),
            ("curl/8.5.0 (Windows)", Some("Windows")),
            ("curl/8.5.0", None),
        ];
        for (agent, named) in cases {
            let browser = Browser::of(agent).map(|browser| browser.to_string());
            assert_eq!(browser.as_deref(), named);
        }
    }
}
