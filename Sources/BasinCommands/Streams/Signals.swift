import Foundation

/// How the process takes signals before a command says otherwise.
enum Signals {
  /// Called first.
  static func prepare() {
    // A parent may have blocked them without meaning it, as programs do that start others from a thread
    // of Dispatch.
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE] { sigaddset(&signals, number) }
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    // The language's runtime would spend minutes on a backtrace.
    signal(SIGQUIT, SIG_DFL)
    // A file at its size limit is an error of writing like that of a full disk.
    signal(SIGXFSZ, SIG_IGN)
  }
}
