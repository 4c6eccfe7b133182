import Foundation
import Reports
import Synchronization
import Testing

@Suite("Terminal progress")
struct ProgressMeterTests {
  /// What a terminal was told, and the clock that told when.
  final class Recorder: Sendable {
    let text = Mutex("")
    let time = Mutex(0.0)

    func terminal(isInteractive: Bool, usesColor: Bool = false, width: Int = 80) -> Terminal {
      Terminal(isInteractive: isInteractive, usesColor: usesColor, width: width) { piece in
        self.text.withLock { $0 += piece }
      }
    }

    var output: String { text.withLock { $0 } }
    func now() -> TimeInterval { time.withLock { $0 } }
    func wait(_ seconds: TimeInterval) { time.withLock { $0 += seconds } }
  }

  @Test("A log gets one line per interval, with rate and time left")
  func linesPerInterval() {
    let recorder = Recorder()
    var meter = ProgressMeter(
      "training", total: 100, terminal: recorder.terminal(isInteractive: false), interval: 10,
      now: recorder.now)
    for _ in 0..<50 {
      recorder.wait(0.5)
      meter.advance(note: "loss 0.5")
    }
    #expect(
      recorder.output == """
        training: 20/100 20% · 2.0/s · 0:40 left · loss 0.5
        training: 40/100 40% · 2.0/s · 0:30 left · loss 0.5

        """)
  }

  @Test("A terminal gets a bar redrawn in place, ten times a second at most")
  func barInPlace() {
    let recorder = Recorder()
    var meter = ProgressMeter(
      "attack", total: 4, terminal: recorder.terminal(isInteractive: true), now: recorder.now)
    recorder.wait(0.05)
    meter.advance()
    #expect(recorder.output.isEmpty)
    recorder.wait(0.05)
    meter.advance()
    let bar = String(repeating: "━", count: 12) + String(repeating: "─", count: 12)
    #expect(recorder.output == "\r\u{1B}[Kattack \(bar) 2/4 50% · 20.0/s · 0:00 left")
    meter.finish("3 of 4 survived")
    #expect(recorder.output.hasSuffix("\r\u{1B}[Kattack: 3 of 4 survived (0:00)\n"))
  }

  @Test("The bar never wraps and colours nothing unless told to")
  func widthAndColor() {
    let recorder = Recorder()
    var meter = ProgressMeter(
      "work", total: 2, terminal: recorder.terminal(isInteractive: true, width: 40),
      now: recorder.now)
    recorder.wait(1)
    meter.advance(note: String(repeating: "long ", count: 20))
    #expect(recorder.output.dropFirst("\r\u{1B}[K".count).count < 40)
    #expect(!recorder.output.contains("\u{1B}[36m"))

    let colored = recorder.terminal(isInteractive: true, usesColor: true)
    #expect(colored.accented("x") == "\u{1B}[36mx\u{1B}[0m")
  }

  @Test("A resumed work counts its rate from where it resumed")
  func resumed() {
    let recorder = Recorder()
    var meter = ProgressMeter(
      "training", total: 100, completed: 90, terminal: recorder.terminal(isInteractive: false),
      interval: 1, now: recorder.now)
    recorder.wait(5)
    meter.advance(by: 5)
    #expect(recorder.output == "training: 95/100 95% · 1.0/s · 0:05 left\n")
    meter.finish()
    #expect(recorder.output == "training: 95/100 95% · 1.0/s · 0:05 left\n", "told once")
  }

  @Test("A message does not disturb the bar")
  func messages() {
    let recorder = Recorder()
    let meter = ProgressMeter(
      "training", total: 10, terminal: recorder.terminal(isInteractive: true), now: recorder.now)
    meter.log("checkpoint written")
    #expect(recorder.output.hasPrefix("\r\u{1B}[Kcheckpoint written\n\r\u{1B}[Ktraining "))
  }

  @Test("Times read as a clock", arguments: [(7.4, "0:07"), (760, "12:40"), (11100, "3:05:00")])
  func clock(seconds: Double, text: String) {
    #expect(ProgressMeter.clockTime(seconds) == text)
  }
}
