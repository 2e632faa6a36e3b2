//! The links of the pages of `docs/`, which are modules of the documentation as well. A page
//! defines its links at its end, and `src/guide/links.md` defines them for the documentation.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

/// The names and targets of the links that a text defines.
fn definitions(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let lines = text.lines().filter_map(|line| line.strip_prefix('['));
    lines.filter_map(|line| line.split_once("]: "))
}

#[test]
fn the_links_of_the_pages_lead_somewhere_in_the_repository_and_in_the_documentation() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let documented = definitions(include_str!("../src/guide/links.md"));
    let documented: HashSet<_> = documented.map(|(name, _)| name).collect();
    let (mut pages, mut links) = (0, 0);
    for module in include_str!("../src/guide.rs").split(" = \"../").skip(1) {
        let page = root.join(module.split('"').next().unwrap());
        let text = fs::read_to_string(&page).unwrap();
        pages += 1;
        for (name, target) in definitions(&text) {
            links += 1;
            let file = target.split('#').next().unwrap();
            let file = page.parent().unwrap().join(file);
            assert!(file.exists(), "{} links to {target}", page.display());
            assert!(documented.contains(name), "src/guide/links.md lacks {name}");
        }
        // A link that only `src/guide/links.md` defines would lead nowhere in the repository.
        let defined: HashSet<_> = definitions(&text).map(|(name, _)| name).collect();
        for &name in &documented {
            let uses = text.matches(&format!("[{name}]")).count();
            let needed = if defined.contains(name) { 2 } else { 0 };
            let page = page.display();
            assert_eq!(uses.min(2), needed, "{page}: uses of [{name}]");
        }
        // A link without a definition would lead nowhere in the documentation.
        for after in text.split("](").skip(1) {
            let target = after.split(')').next().unwrap();
            let whole = target.starts_with("http") || target.starts_with('#');
            assert!(whole, "{} links to {target}", page.display());
        }
    }
    assert!(pages > 10 && links > 30, "{pages} pages, {links} links");
}
