//! Ctrl-C and the signals that mean the same. While something is simulated the first one stops it
//! in order and the second ends the program; while results are written the first ends it, because
//! what is stored then is either the old result or the new one.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use super::exit::Exit;
use super::failure::Failure;
use super::output;

/// Set by the handler, taken back by the thread that listens.
static ARRIVED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// Set by the first signal, for good.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Set when nothing is simulated any more.
static IS_STORING: AtomicBool = AtomicBool::new(false);

/// How often the thread that listens looks for a signal.
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// A signal that follows the first sooner than this is the same Ctrl-C: `timeout` and other
/// wrappers send it to the program and then to its whole group.
const SAME_INTERRUPT: Duration = Duration::from_millis(300);

/// Listens for Ctrl-C from now on, and for SIGTERM; on Unix also for SIGHUP, unless the program was
/// started to outlive its terminal (`nohup`).
///
/// # Errors
/// If the system does not let it.
pub(super) fn catch_interrupts() -> Result<(), Failure> {
    let error = |cause| Failure::System { what: "cannot listen for Ctrl-C".to_owned(), cause };
    for signal in [SIGINT, SIGTERM].into_iter().chain(hang_up()) {
        flag::register(signal, Arc::clone(&ARRIVED)).map_err(error)?;
    }
    std::thread::Builder::new().spawn(listen).map(drop).map_err(error)
}

/// Was Ctrl-C pressed?
pub(super) fn is_interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst) || ARRIVED.load(Ordering::SeqCst)
}

/// From now on results are drawn and written: the next signal ends the program at once.
pub(super) fn begin_storing() {
    IS_STORING.store(true, Ordering::SeqCst);
}

fn listen() {
    let mut first: Option<Instant> = None;
    loop {
        std::thread::sleep(BETWEEN_LOOKS);
        if !ARRIVED.load(Ordering::SeqCst) {
            continue;
        }
        // In this order, so that it never seems not to have been pressed.
        INTERRUPTED.store(true, Ordering::SeqCst);
        ARRIVED.store(false, Ordering::SeqCst);
        let is_storing = IS_STORING.load(Ordering::SeqCst);
        match first {
            None if !is_storing => first = Some(Instant::now()),
            Some(first) if first.elapsed() < SAME_INTERRUPT => {}
            _ => end(is_storing),
        }
    }
}

/// Ends the program without any more ado.
fn end(is_storing: bool) -> ! {
    if is_storing {
        // If nobody listens any more it ends all the same.
        let _ = output::print_error(
            "interrupted while results were written: the output folder still holds what was \
             complete before\n",
        );
    }
    std::process::exit(i32::from(Exit::Interrupted.code()))
}

/// The signal of a terminal that is closed, where there is one and it is not to be ignored.
#[cfg(unix)]
fn hang_up() -> Option<i32> {
    (!is_hang_up_ignored()).then_some(signal_hook::consts::SIGHUP)
}

/// Windows sends no such signal.
#[cfg(not(unix))]
fn hang_up() -> Option<i32> {
    None
}

/// `nohup` lets a program ignore the signal, and so does a shell whose jobs shall go on.
#[cfg(target_os = "linux")]
fn is_hang_up_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal_hook::consts::SIGHUP - 1) & 1 == 1)
}

/// Without a way to ask: whoever outlives its terminal writes elsewhere.
#[cfg(all(unix, not(target_os = "linux")))]
fn is_hang_up_ignored() -> bool {
    use std::io::IsTerminal;
    !std::io::stdout().is_terminal() && !std::io::stderr().is_terminal()
}
