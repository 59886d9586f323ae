//! Finds the modules that each file depends on through `use` trees, paths and macro input.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

/// Top-level module that a file uses.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// Name of the module.
    pub module: String,
    /// Whether only tests use it.
    pub is_test: bool,
}

/// Returns the top-level modules that a file uses, including its own. `module` is the module path
/// of the file without `crate`.
pub fn uses(text: &str, module: &[String], is_test: bool) -> BTreeSet<Use> {
    let file = syn::parse_file(text).expect("files that compile can be parsed");
    let mut found = Found { module: module.to_vec(), is_test, uses: BTreeSet::new() };
    found.visit_file(&file);
    found.uses
}

struct Found {
    /// Module path of the item that is being visited.
    module: Vec<String>,
    is_test: bool,
    uses: BTreeSet<Use>,
}

impl Found {
    /// Records the top-level module that a path refers to, either by `crate::module` or by enough
    /// `super` segments to leave the current top-level module.
    fn path(&mut self, segments: &[String]) {
        let supers = segments.iter().take_while(|one| *one == "super").count();
        let rest = &segments[supers..];
        let target = match segments.first().map(String::as_str) {
            Some("crate" | "cmgsim_core") => segments.get(1),
            Some("super") if supers >= self.module.len() => rest.first(),
            _ => None,
        };
        // A name that begins with a capital letter is an item of the crate root.
        let is_module = |name: &&String| name.starts_with(char::is_lowercase);
        if let Some(target) = target.filter(is_module) {
            self.uses.insert(Use { module: target.clone(), is_test: self.is_test });
        }
    }

    fn tree(&mut self, tree: &syn::UseTree, before: &mut Vec<String>) {
        match tree {
            syn::UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.tree(&path.tree, before);
                before.pop();
            }
            syn::UseTree::Name(name) => self.leaf(&name.ident, before),
            syn::UseTree::Rename(name) => self.leaf(&name.ident, before),
            syn::UseTree::Glob(_) => self.path(before),
            syn::UseTree::Group(group) => {
                group.items.iter().for_each(|one| self.tree(one, before));
            }
        }
    }

    fn leaf(&mut self, name: &syn::Ident, before: &mut Vec<String>) {
        before.push(name.to_string());
        self.path(before);
        before.pop();
    }

    /// Finds paths in the input of a macro, which is not parsed.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(name) if colons == 2 && !path.is_empty() => {
                    path.push(name.to_string());
                    colons = 0;
                }
                TokenTree::Punct(mark) if mark.as_char() == ':' && colons < 2 => colons += 1,
                other => {
                    self.path(&std::mem::take(&mut path));
                    colons = 0;
                    match other {
                        TokenTree::Ident(name) => path.push(name.to_string()),
                        TokenTree::Group(group) => self.tokens(group.stream()),
                        TokenTree::Punct(_) | TokenTree::Literal(_) => {}
                    }
                }
            }
        }
        self.path(&path);
    }
}

impl Visit<'_> for Found {
    fn visit_item_use(&mut self, item: &syn::ItemUse) {
        self.tree(&item.tree, &mut Vec::new());
    }

    fn visit_path(&mut self, path: &syn::Path) {
        let segments: Vec<String> =
            path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.path(&segments);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &syn::Macro) {
        self.tokens(call.tokens.clone());
    }

    fn visit_visibility(&mut self, _: &syn::Visibility) {
        // `pub(in crate::module)` is not a dependency.
    }

    fn visit_item_mod(&mut self, item: &syn::ItemMod) {
        let was_test = self.is_test;
        self.is_test |= item.attrs.iter().any(is_of_tests);
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
        self.is_test = was_test;
    }
}

/// Returns the module paths of the files that a file declares as modules for tests only.
pub fn test_files(text: &str, module: &[String]) -> Vec<Vec<String>> {
    let file = syn::parse_file(text).expect("files that compile can be parsed");
    let in_file = file.items.iter().filter_map(|item| match item {
        syn::Item::Mod(one) if one.content.is_none() => Some(one),
        _ => None,
    });
    let of_tests = in_file.filter(|one| one.attrs.iter().any(is_of_tests));
    of_tests.map(|one| [module, &[one.ident.to_string()]].concat()).collect()
}

/// Returns whether an attribute is `#[cfg(test)]`.
pub fn is_of_tests(attribute: &syn::Attribute) -> bool {
    let is_test = |list: &syn::MetaList| list.tokens.to_string() == "test";
    attribute.path().is_ident("cfg") && attribute.meta.require_list().is_ok_and(is_test)
}

#[test]
fn paths_are_found_in_any_position() {
    let modules = |text: &str| -> Vec<(String, bool)> {
        let module = ["cli".to_owned(), "run".to_owned()];
        let found = uses(text, &module, false);
        found.into_iter().map(|one| (one.module, one.is_test)).collect()
    };
    let one = |name: &str| vec![(name.to_owned(), false)];
    assert_eq!(modules("use crate::base::time::{self, Clock};"), one("base"));
    assert_eq!(modules("use crate::{base as b};"), one("base"));
    assert_eq!(modules("fn f(x: &crate::model::World) {}"), one("model"));
    assert_eq!(modules("fn f() { super::super::report::draw() }"), one("report"));
    assert_eq!(modules("fn f() { super::output::print() }"), []);
    assert_eq!(modules("mod deep { use super::super::super::study::info; }"), one("study"));
    assert_eq!(modules("fn f() { format!(\"{}\", crate::results::VERSION); }"), one("results"));
    assert_eq!(modules("fn f() { let text = \"crate::model\"; } // crate::engine"), []);
    let in_tests = "#[cfg(test)] mod tests { use crate::scenario::load; }";
    assert_eq!(modules(in_tests), [("scenario".to_owned(), true)]);
}
