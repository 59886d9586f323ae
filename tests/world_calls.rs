//! Checks that calls between the files of `src/model/world` are acyclic. Files that call one
//! another in a cycle cannot be read in sequence. Imports do not reveal such cycles, because all
//! functions are methods of one [`World`].
//!
//! To print all calls, run `cargo test --test integration world_calls -- --nocapture`.
//!
//! [`World`]: cmgsim::internals::model::World

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use syn::visit::{self, Visit};
use syn::{Expr, ExprCall, ExprMethodCall, File, ImplItem, ItemFn, ItemImpl, Member, Type};

/// Components of a world, as field and type.
const OWNERS: [(&str, &str); 10] = [
    ("kernel", "Kernel"),
    ("clients", "Clients"),
    ("cloud", "Cloud"),
    ("sites", "Sites"),
    ("lines", "Lines"),
    ("stations", "Stations"),
    ("traffic", "Traffic"),
    ("deployments", "Deployments"),
    ("disruptions", "Disruptions"),
    ("observed", "Observed"),
];

/// Fields of entities, with the files or folders that may change each field after client placement.
const CHANGED_BY: [(&str, &[&str]); 30] = [
    // A client's channel.
    ("channel", &["channel"]),
    ("channel_due", &["channel"]),
    ("channel_failures", &["channel"]),
    ("wants_channel", &["channel"]),
    // A client's connection for requests.
    ("connection_users", &["connections"]),
    ("idle_at", &["connections"]),
    ("connected_at", &["connections"]),
    // A client's location and the servers it uses.
    ("location", &["services"]),
    ("service", &["services"]),
    ("management_point", &["services"]),
    ("update_point", &["services"]),
    ("management_point_pick", &["services"]),
    ("update_point_pick", &["services"]),
    // A client's registration and token.
    ("registration", &["registration", "tokens"]),
    ("token_until", &["registration"]),
    ("list_until", &["revocation"]),
    // A client's requests and their effects.
    ("latest_request", &["requests"]),
    ("failing_since", &["answers"]),
    ("failures", &["answers"]),
    ("policy_at", &["answers"]),
    ("scanned_at", &["deployments"]),
    // Requests and attempts.
    ("phase", &["requests", "attempt"]),
    ("fate", &["attempt"]),
    ("heading", &["attempt"]),
    ("holds_port", &["attempt"]),
    ("deadline", &["attempt", "traffic"]),
    ("queue_deadline", &["attempt"]),
    // Detected states of components.
    ("probe_at", &["probes"]),
    ("available", &["probes"]),
    ("frozen_servers", &["stations"]),
];

/// Type that has the method (empty for a free function), and name of the function.
type Function = (String, String);

/// Called functions, keyed by calling file and called file.
type Calls = BTreeMap<(String, String), BTreeSet<String>>;

/// Returns the parsed files of the world, by name without extension.
fn files() -> BTreeMap<String, File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/model/world");
    let (mut found, mut folders) = (BTreeMap::new(), vec![root.clone()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("folder is readable") {
            let path = entry.expect("entry is readable").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).expect("file is readable");
            let name =
                path.strip_prefix(&root).expect("path is below the folder").with_extension("");
            let name = name.to_string_lossy().replace('\\', "/");
            let name = name.strip_suffix("/mod").unwrap_or(&name).to_owned();
            found.insert(name, syn::parse_file(&text).expect("valid Rust"));
        }
    }
    found
}

/// Returns the name of a type without references and generic arguments.
fn type_name(of: &Type) -> String {
    match of {
        Type::Path(path) => {
            path.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default()
        }
        Type::Reference(reference) => type_name(&reference.elem),
        _ => String::new(),
    }
}

/// Collects function definitions.
#[derive(Default)]
struct Definitions {
    file: String,
    functions: BTreeMap<Function, String>,
}

impl<'ast> Visit<'ast> for Definitions {
    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        // Trait methods may be called through the trait.
        if item.trait_.is_some() {
            return;
        }
        for function in &item.items {
            if let ImplItem::Fn(function) = function {
                let name = (type_name(&item.self_ty), function.sig.ident.to_string());
                self.functions.insert(name, self.file.clone());
            }
        }
    }

    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        let name = (String::new(), item.sig.ident.to_string());
        self.functions.insert(name, self.file.clone());
    }
}

/// Collects calls of these functions.
struct Callers<'a> {
    functions: &'a BTreeMap<Function, String>,
    file: String,
    /// Type whose methods are being visited.
    own_type: String,
    calls: Calls,
    called: BTreeSet<Function>,
}

impl Callers<'_> {
    /// Returns the type of an expression if it is a world or a component of it.
    fn type_of(&self, expression: &Expr) -> Option<String> {
        let name = match expression {
            Expr::Path(path) => path.path.get_ident()?.to_string(),
            Expr::Field(field) => match &field.member {
                Member::Named(name) => name.to_string(),
                Member::Unnamed(_) => return None,
            },
            Expr::Reference(reference) => return self.type_of(&reference.expr),
            Expr::Paren(inner) => return self.type_of(&inner.expr),
            _ => return None,
        };
        match name.as_str() {
            "self" => Some(self.own_type.clone()),
            "world" => Some("World".to_owned()),
            name => OWNERS.iter().find(|(field, _)| *field == name).map(|(_, of)| (*of).to_owned()),
        }
    }

    fn call(&mut self, function: Function) {
        let Some(file) = self.functions.get(&function) else { return };
        if *file != self.file {
            let key = (self.file.clone(), file.clone());
            self.calls.entry(key).or_default().insert(function.1.clone());
        }
        self.called.insert(function);
    }
}

impl<'ast> Visit<'ast> for Callers<'_> {
    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        self.own_type = type_name(&item.self_ty);
        visit::visit_item_impl(self, item);
        self.own_type.clear();
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        let name = call.method.to_string();
        match self.type_of(&call.receiver) {
            Some(of) => self.call((of, name)),
            // The receiver is an entity, for example a station, and not the world or a component.
            None => {
                let is_part =
                    |of: &str| of == "World" || OWNERS.iter().any(|(_, part)| *part == of);
                let all = self.functions.keys().filter(|(of, own)| *own == name && !is_part(of));
                let all: Vec<Function> = all.cloned().collect();
                all.into_iter().for_each(|function| self.call(function));
            }
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        if let Expr::Path(path) = &*call.func {
            let mut names = path.path.segments.iter().rev().map(|part| part.ident.to_string());
            let name = names.next().unwrap_or_default();
            let of = match names.next() {
                Some(of) if of == "Self" => self.own_type.clone(),
                Some(of) if of.starts_with(char::is_uppercase) => of,
                _ => String::new(),
            };
            self.call((of, name));
        }
        visit::visit_expr_call(self, call);
    }
}

/// Returns all calls between files, the defined functions and the called functions.
fn calls(
    files: &BTreeMap<String, File>,
) -> (Calls, BTreeMap<Function, String>, BTreeSet<Function>) {
    let mut defined = Definitions::default();
    for (name, file) in files {
        defined.file.clone_from(name);
        defined.visit_file(file);
    }
    let mut callers = Callers {
        functions: &defined.functions,
        file: String::new(),
        own_type: String::new(),
        calls: Calls::new(),
        called: BTreeSet::new(),
    };
    for (name, file) in files {
        callers.file.clone_from(name);
        callers.visit_file(file);
    }
    let (calls, called) = (callers.calls, callers.called);
    (calls, defined.functions, called)
}

/// Returns the files that calls from a file reach, directly or indirectly.
fn reached<'a>(calls: &'a Calls, from: &'a str) -> BTreeSet<&'a str> {
    let (mut found, mut left) = (BTreeSet::new(), vec![from]);
    while let Some(file) = left.pop() {
        for (_, to) in calls.keys().filter(|(caller, _)| caller == file) {
            if found.insert(to.as_str()) {
                left.push(to);
            }
        }
    }
    found
}

#[test]
fn calls_between_the_files_of_the_world_are_acyclic() {
    let files = files();
    let (calls, _, _) = calls(&files);
    for ((from, to), functions) in &calls {
        let functions: Vec<&str> = functions.iter().map(String::as_str).collect();
        println!("{from} -> {to}: {}", functions.join(", "));
    }
    let reach: BTreeMap<&str, BTreeSet<&str>> =
        files.keys().map(|file| (file.as_str(), reached(&calls, file))).collect();
    let mut circles: BTreeSet<Vec<&str>> = BTreeSet::new();
    for (file, reached) in &reach {
        let circle = reached.iter().copied().filter(|other| reach[other].contains(file));
        let circle: Vec<&str> = circle.collect();
        if circle.len() > 1 {
            circles.insert(circle);
        }
    }
    assert!(circles.is_empty(), "files that call one another in a cycle: {circles:#?}");
}

/// A failure means that this test does not recognise some kind of call.
#[test]
fn every_world_function_has_a_visible_caller() {
    let files = files();
    let (_, functions, called) = calls(&files);
    let public: BTreeSet<String> = files.values().flat_map(public_functions).collect();
    let unseen: Vec<&Function> = functions
        .keys()
        .filter(|function| !called.contains(*function) && !public.contains(&function.1))
        .collect();
    // A macro in `compiled.rs` calls these functions.
    let by_macro = ["build_here", "run_events_here", "finish_here"];
    let unseen: Vec<_> =
        unseen.into_iter().filter(|(_, name)| !by_macro.contains(&name.as_str())).collect();
    assert!(unseen.is_empty(), "no visible caller of {unseen:?}");
}

/// Returns the names of functions that other modules may call.
fn public_functions(file: &File) -> Vec<String> {
    let mut found = Vec::new();
    for item in &file.items {
        let syn::Item::Impl(item) = item else { continue };
        for function in &item.items {
            if let ImplItem::Fn(function) = function
                && (matches!(function.vis, syn::Visibility::Public(_)) || item.trait_.is_some())
            {
                found.push(function.sig.ident.to_string());
            }
        }
    }
    found
}

/// Finds fields that are assigned or mutably borrowed.
#[derive(Default)]
struct Changes(BTreeSet<String>);

impl Changes {
    /// Returns the field that an expression refers to, if any.
    fn field(expression: &Expr) -> Option<String> {
        match expression {
            Expr::Field(field) => match &field.member {
                Member::Named(name) => Some(name.to_string()),
                Member::Unnamed(_) => None,
            },
            Expr::Index(index) => Changes::field(&index.expr),
            Expr::Paren(inner) => Changes::field(&inner.expr),
            _ => None,
        }
    }
}

impl<'ast> Visit<'ast> for Changes {
    fn visit_expr_assign(&mut self, assign: &'ast syn::ExprAssign) {
        self.0.extend(Changes::field(&assign.left));
        visit::visit_expr_assign(self, assign);
    }

    fn visit_expr_binary(&mut self, binary: &'ast syn::ExprBinary) {
        use syn::BinOp::{AddAssign, BitAndAssign, BitOrAssign, MulAssign, SubAssign};
        let (op, left) = (&binary.op, &binary.left);
        let changes = [
            matches!(op, AddAssign(_) | SubAssign(_) | MulAssign(_)),
            matches!(op, BitAndAssign(_) | BitOrAssign(_)),
        ];
        if changes.contains(&true) {
            self.0.extend(Changes::field(left));
        }
        visit::visit_expr_binary(self, binary);
    }

    fn visit_expr_reference(&mut self, reference: &'ast syn::ExprReference) {
        if reference.mutability.is_some() {
            self.0.extend(Changes::field(&reference.expr));
        }
        visit::visit_expr_reference(self, reference);
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        // These methods change the value of a field.
        if ["add", "subtract", "set", "take"].contains(&call.method.to_string().as_str()) {
            self.0.extend(Changes::field(&call.receiver));
        }
        visit::visit_expr_method_call(self, call);
    }
}

#[test]
fn a_field_is_changed_only_by_its_owner() {
    for (file, parsed) in
        files().iter().filter(|(file, _)| !["build", "placement"].contains(&file.as_str()))
    {
        let mut changes = Changes::default();
        changes.visit_file(parsed);
        for (field, owners) in CHANGED_BY.iter().filter(|(field, _)| changes.0.contains(*field)) {
            let is_owner = |owner: &&str| file == *owner || file.starts_with(&format!("{owner}/"));
            assert!(owners.iter().any(is_owner), "{file} changes `{field}`");
        }
    }
}
