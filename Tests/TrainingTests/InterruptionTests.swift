import Foundation
import Runs
import TestSupport
import Testing
import Training

@Suite(.serialized) struct InterruptionTests {
  @Test(
    "A signal ends the training after its step, with a checkpoint",
    arguments: [SIGINT, SIGTERM, SIGHUP])
  func heard(_ number: Int32) throws {
    let temporary = try TemporaryFolder()
    let run = try LinearRun(temporary.run("a"), "training.epochs=1000")
    do {
      let interruption = try Interruption()
      #expect(!interruption.isRequested)
      var steps = 0
      #expect(throws: TrainingInterrupted.self) {
        try run.trainer().train {
          steps += 1
          if steps == 3 {
            kill(getpid(), number)
            for _ in 0..<500 where !interruption.isRequested { usleep(10_000) }
          }
          return interruption.isRequested
        }
      }
      #expect(steps == 3)
    }
    let resumed = try run.trainer()
    #expect(resumed.position.step == 3)
  }

  @Test("What nohup has ignored stays ignored, while heard and after") func ignored() throws {
    signal(SIGHUP, SIG_IGN)
    defer { signal(SIGHUP, SIG_DFL) }
    do {
      let interruption = try Interruption()
      kill(getpid(), SIGHUP)
      usleep(20_000)
      #expect(!interruption.isRequested)
    }
    kill(getpid(), SIGHUP)
  }
}
