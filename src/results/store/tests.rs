//! Tests the output folder at every moment at which a run may be interrupted.

use std::collections::BTreeMap;

use super::*;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

/// Returns a manifest that lists these files.
fn manifest(files: &[(&str, &str)]) -> Vec<u8> {
    let hash = |text: &str| crate::results::manifest::digest(text.as_bytes());
    let files: BTreeMap<&str, String> =
        files.iter().map(|(name, text)| (*name, hash(text))).collect();
    serde_json::to_vec(&serde_json::json!({ "cmgsim_version": "1", "files": files })).expect("JSON")
}

/// Stores a complete result.
fn store(path: &Path, files: &[(&str, &str)]) -> Result<(), StoreError> {
    let store = Store::create(path)?;
    store.begin()?;
    files.iter().try_for_each(|(name, text)| store.write(name, text.as_bytes()))?;
    store.commit(&manifest(files))
}

/// Returns all files below a folder by name, without the manifest.
fn files(path: &Path) -> BTreeMap<String, String> {
    let (mut found, mut folders) = (BTreeMap::new(), vec![path.to_path_buf()]);
    while let Some(below) = folders.pop() {
        for entry in fs::read_dir(&below).expect("a folder") {
            let entry = entry.expect("an entry").path();
            if entry.is_dir() {
                folders.push(entry);
            } else {
                let name = entry.strip_prefix(path).expect("below").display().to_string();
                found.insert(name, fs::read_to_string(&entry).expect("a file"));
            }
        }
    }
    found.remove(MANIFEST);
    found
}

fn of(list: &[(&str, &str)]) -> BTreeMap<String, String> {
    list.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

const OLD: [(&str, &str); 3] = [("a.csv", "old"), ("only-old.csv", "x"), ("charts/x.svg", "old")];
const NEW: [(&str, &str); 3] = [("a.csv", "new"), ("only-new.csv", "y"), ("charts/y.svg", "new")];

#[test]
fn a_complete_result_replaces_the_old_one() {
    let here = folder();
    let path = here.path().join("a/b");
    store(&path, &OLD).expect("stored");
    assert_eq!(files(&path), of(&OLD));
    let again = Store::create(&path).expect("opened");
    again.begin().expect("begun");
    again.write("a.csv", b"half").expect("written");
    assert!(path.join(MANIFEST).exists(), "the old result stays");
    let visible = |path: &Path| {
        let mut all = files(path);
        all.retain(|name, _| !name.starts_with(STAGING));
        all
    };
    assert_eq!(visible(&path), of(&OLD));
    drop(again);
    assert_eq!(files(&path), of(&OLD), "an abandoned result leaves no files");
    store(&path, &NEW).expect("stored");
    assert_eq!(files(&path), of(&NEW));
    assert!(path.join(MANIFEST).exists());
    // A result without charts has no charts folder.
    store(&path, &[("a.csv", "z")]).expect("stored");
    assert_eq!(fs::read_dir(&path).expect("a folder").count(), 2);
}

/// A replacement consists of renames and removals. However many of these steps were done when the
/// run was killed, the folder then contains the complete old or the complete new result.
#[test]
fn a_killed_replacement_is_completed() {
    for done in 0..8 {
        let here = folder();
        let path = here.path().join("out");
        store(&path, &OLD).expect("stored");
        let staging = path.join(STAGING);
        for (name, text) in NEW {
            write(&staging.join(name), text.as_bytes()).expect("written");
        }
        let whole = |path: &Path| path.join(MANIFEST).exists();
        let rename = |from: PathBuf, to: &str| fs::rename(from, path.join(to)).expect("renamed");
        let steps: [&dyn Fn(); 7] = [
            &|| write(&staging.join(MANIFEST), &manifest(&NEW)).expect("written"),
            &|| rename(path.join(MANIFEST), ".cmgsim-unfinished/.cmgsim-replaced.json"),
            &|| fs::remove_file(path.join("only-old.csv")).expect("removed"),
            &|| fs::remove_file(path.join("charts/x.svg")).expect("removed"),
            &|| rename(staging.join("a.csv"), "a.csv"),
            &|| rename(staging.join("charts/y.svg"), "charts/y.svg"),
            &|| rename(staging.join("only-new.csv"), "only-new.csv"),
        ];
        steps.iter().take(done).for_each(|step| step());
        complete_if_killed(&path);
        if done == 0 {
            assert!(whole(&path), "only the old result was complete");
            drop(Store::create(&path).expect("opened"));
            assert_eq!(files(&path), of(&OLD));
        } else {
            assert!(whole(&path), "after {done} steps");
            assert_eq!(files(&path), of(&NEW), "after {done} steps");
        }
        store(&path, &OLD).expect("stored again");
        assert_eq!(files(&path), of(&OLD));
    }
}

#[test]
fn does_not_change_foreign_files() {
    let here = folder();
    for (name, text) in [
        ("notes.txt", "mine"),
        ("manifest.json", "{\"name\": \"app\"}"),
        ("latency.csv", "foreign file with the name of a result file"),
        ("summary.json", "{}"),
        ("report.html", "<!doctype html>mine"),
        ("charts", "a file"),
    ] {
        let path = here.path().join(format!("with-{name}"));
        fs::create_dir(&path).expect("made");
        fs::write(path.join(name), text).expect("written");
        let error = store(&path, &[("latency.csv", "ours")]).expect_err("a foreign file");
        assert!(error.to_string().contains(name), "{error}");
        assert_eq!(files_with_manifest(&path), of(&[(name, text)]));
    }
}

fn files_with_manifest(path: &Path) -> BTreeMap<String, String> {
    let mut all = files(path);
    if let Ok(text) = fs::read_to_string(path.join(MANIFEST)) {
        all.insert(MANIFEST.to_owned(), text);
    }
    all
}

#[test]
fn does_not_change_modified_files() {
    let here = folder();
    let path = here.path().join("out");
    store(&path, &OLD).expect("stored");
    fs::write(path.join("a.csv"), "mine").expect("changed");
    let error = Store::create(&path).expect_err("changed");
    assert!(matches!(&error, StoreError::Changed { name, .. } if name == "a.csv"), "{error}");
    // A missing result file is not an error, and `cmgsim report` may rewrite the report page.
    fs::remove_file(path.join("a.csv")).expect("removed");
    let page = "<!doctype html>\n<meta name=\"generator\" content=\"cmgsim 1 (x)\">";
    fs::write(path.join(REPORT), page).expect("written");
    store(&path, &NEW).expect("stored");
    // A foreign file at the path of a new chart is detected only when the result is committed.
    fs::write(path.join("charts/z.svg"), "mine").expect("written");
    let new = [("b.csv", "new"), ("charts/z.svg", "new")];
    let error = store(&path, &new).expect_err("a foreign file has this name");
    assert!(error.to_string().contains("charts/z.svg"), "{error}");
    let mut expected = of(&NEW);
    expected.extend(of(&[("charts/z.svg", "mine")]));
    assert_eq!(files(&path), expected, "NEW stays; storing it removed the report page of OLD");
}

#[cfg(unix)]
#[test]
fn does_not_follow_links_out_of_the_folder() {
    let here = folder();
    let elsewhere = here.path().join("elsewhere");
    fs::create_dir(&elsewhere).expect("made");
    for name in ["charts", STAGING] {
        let path = here.path().join(format!("out-{name}"));
        fs::create_dir(&path).expect("made");
        std::os::unix::fs::symlink(&elsewhere, path.join(name)).expect("linked");
        let error = store(&path, &NEW).expect_err("a link");
        assert!(error.to_string().contains(name), "{error}");
    }
    assert_eq!(fs::read_dir(&elsewhere).expect("a folder").count(), 0);
    // Ignore paths in a manifest that point outside the folder.
    let path = here.path().join("out");
    store(&path, &OLD).expect("stored");
    fs::write(here.path().join("z"), "mine").expect("written");
    let listed = [OLD.as_slice(), &[("../z", "mine"), ("/etc/hostname", "")]].concat();
    fs::write(path.join(MANIFEST), manifest(&listed)).expect("forged");
    store(&path, &NEW).expect("stored");
    assert!(here.path().join("z").exists());
}

#[test]
fn refuses_a_folder_that_another_run_is_using() {
    let here = folder();
    let path = here.path().join("results");
    let first = Store::create(&path).expect("made");
    let error = Store::create(&path).expect_err("busy");
    assert!(matches!(error, StoreError::Busy { .. }), "{error}");
    drop(first);
    assert!(!path.exists(), "nothing was written to the folder");
    Store::create(&path).expect("free again");
    let numbered = |name: &str| {
        let store = Store::create_numbered(here.path(), name).expect("made");
        store.write_journal(b"x").expect("written");
        store.folder().to_path_buf()
    };
    assert_eq!(numbered("run"), here.path().join("run"));
    assert_eq!(numbered("run"), here.path().join("run-2"));
}

#[test]
fn keeps_the_journal_of_a_sweep_next_to_a_complete_result() {
    let here = folder();
    let path = here.path().join("out");
    let fresh = Store::create(&path).expect("made");
    fresh.write_journal(b"one").expect("written");
    drop(fresh);
    assert_eq!(files(&path), of(&[(JOURNAL, "one")]));
    assert!(matches!(Store::create(&path), Err(StoreError::Unfinished { .. })));
    let resumed = Store::resume(&path).expect("opened");
    resumed.begin_again().expect("begun");
    assert_eq!(resumed.read_journal().expect("read"), Some(b"one".to_vec()));
    resumed.write(JOURNAL, b"all").expect("written");
    resumed.commit(&manifest(&[(JOURNAL, "all")])).expect("stored");
    drop(resumed);
    // A second sweep into the same folder is interrupted.
    let second = Store::create(&path).expect("opened");
    second.begin().expect("begun");
    second.write_journal(b"two").expect("written");
    drop(second);
    assert_eq!(fs::read(path.join(JOURNAL)).expect("the old journal"), b"all");
    assert!(matches!(Store::create(&path), Err(StoreError::Unfinished { .. })));
    let resumed = Store::resume(&path).expect("opened");
    resumed.begin_again().expect("begun");
    assert_eq!(resumed.read_journal().expect("read"), Some(b"two".to_vec()));
}

#[test]
fn reports_the_path_if_the_folder_is_a_file() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let error = Store::create(&file.path().join("out")).expect_err("not a folder");
    assert!(error.to_string().contains(&file.path().display().to_string()));
}
