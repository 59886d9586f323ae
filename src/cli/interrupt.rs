//! Ctrl-C and the signals that mean the same. While something is simulated the first one stops it
//! in order and the second ends the program; while results are written the first ends it, because
//! what is stored then is either the old result or the new one.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
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

/// What was heard so far.
static HEARD: Mutex<Heard> = Mutex::new(Heard { first: None, is_open: false, is_storing: false });

/// How often the thread that listens looks for a signal.
const CHECK_INTERVAL: Duration = Duration::from_millis(50);

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

/// From now on results are drawn and written: the next signal ends the program at once. One that
/// has come already was meant for what was simulated.
pub(super) fn begin_storing() {
    look(|heard| heard.is_storing = true);
}

fn listen() {
    loop {
        std::thread::sleep(CHECK_INTERVAL);
        look(|_| {});
    }
}

/// Looks for a signal, and ends the program if it is to end it; else does something more.
fn look(then: impl FnOnce(&mut Heard)) {
    let mut heard = HEARD.lock().unwrap_or_else(PoisonError::into_inner);
    let has_arrived = ARRIVED.load(Ordering::SeqCst);
    if has_arrived {
        // In this order, so that it never seems not to have been pressed.
        INTERRUPTED.store(true, Ordering::SeqCst);
        ARRIVED.store(false, Ordering::SeqCst);
    }
    if heard.ends_the_program(has_arrived, Instant::now()) {
        end(heard.is_storing);
    }
    then(&mut heard);
}

/// Which signals there were, and what they are for.
#[derive(Debug)]
struct Heard {
    /// When the first was heard.
    first: Option<Instant>,
    /// Whether a further one is another than the first.
    is_open: bool,
    /// Whether nothing is simulated any more.
    is_storing: bool,
}

impl Heard {
    /// Whether the program is to end at once, where a signal has arrived since the last look or
    /// not. A look may come late: what is heard at the first look after [`SAME_INTERRUPT`] may have
    /// come before.
    fn ends_the_program(&mut self, has_arrived: bool, now: Instant) -> bool {
        match self.first {
            None if has_arrived => {
                self.first = Some(now);
                self.is_storing
            }
            None => false,
            Some(_) if self.is_open => has_arrived,
            Some(first) => {
                self.is_open = now.duration_since(first) >= SAME_INTERRUPT;
                false
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks after so many milliseconds, and whether a signal has arrived before each; returns
    /// which look ends the program.
    fn ending(is_storing: bool, looks: &[(u64, bool)]) -> Option<usize> {
        let begin = Instant::now();
        let mut heard = Heard { first: None, is_open: false, is_storing };
        looks.iter().position(|(milliseconds, has_arrived)| {
            let now = begin + Duration::from_millis(*milliseconds);
            heard.ends_the_program(*has_arrived, now)
        })
    }

    #[test]
    fn the_second_signal_stops_the_simulation() {
        assert_eq!(ending(false, &[(0, false), (50, true), (900, false), (950, true)]), Some(3));
        // What follows at once is the same, also where the next look comes late.
        assert_eq!(ending(false, &[(50, true), (100, true), (150, true), (900, false)]), None);
        assert_eq!(ending(false, &[(50, true), (900, true), (950, false)]), None);
        assert_eq!(ending(false, &[(50, true), (900, true), (950, true)]), Some(2));
    }

    #[test]
    fn the_first_signal_stops_storing() {
        assert_eq!(ending(true, &[(0, false), (50, true)]), Some(1));
        // One that stopped the simulation does not end the storing of what there is.
        let begin = Instant::now();
        let mut heard = Heard { first: None, is_open: false, is_storing: false };
        assert!(!heard.ends_the_program(true, begin));
        heard.is_storing = true;
        let after = |milliseconds| begin + Duration::from_millis(milliseconds);
        assert!(!heard.ends_the_program(true, after(20)), "the same once more");
        assert!(!heard.ends_the_program(false, after(400)));
        assert!(heard.ends_the_program(true, after(450)), "an impatient user");
    }
}
