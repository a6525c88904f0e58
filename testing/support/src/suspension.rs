//! Suspends child processes, as if their machine had stopped.

use nix::{
    sys::{
        signal::{Signal, kill},
        wait::{WaitPidFlag, WaitStatus, waitpid},
    },
    unistd::Pid,
};

/// Suspends a child of this process, and waits until all of its threads have stopped. A busy system takes its time for that, in
/// which the child would still answer.
pub(crate) fn suspend(child: u32) {
    let id = pid(child);
    kill(id, Signal::SIGSTOP).expect("the child can be suspended");
    let status = waitpid(id, Some(WaitPidFlag::WUNTRACED));
    assert!(matches!(status, Ok(WaitStatus::Stopped(..))), "{status:?}");
}

/// Lets a child go on that was [suspended](suspend).
pub(crate) fn wake(child: u32) {
    kill(pid(child), Signal::SIGCONT).expect("the child can go on");
}

fn pid(child: u32) -> Pid {
    Pid::from_raw(child.try_into().expect("ids of processes are small"))
}
