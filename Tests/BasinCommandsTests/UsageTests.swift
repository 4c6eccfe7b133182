import BasinCommands
import Foundation
import Testing

/// What the tool says of a command line that it does not understand, without a process.
@Suite("A wrong command line is one line that names what was meant")
struct UsageTests {
  /// The line and the exit code; nil if the command is understood.
  func refusal(_ line: String) -> (message: String, exitCode: Int32)? {
    let arguments = line.split(separator: " ").map(String.init)
    do {
      _ = try BasinTool.command(arguments)
      return nil
    } catch {
      return BasinTool.failure(of: error, for: arguments)
    }
  }

  @Test(
    "names of commands, options and values",
    arguments: [
      ("trian", "there is no command 'trian'. Did you mean `basin train`?"),
      ("help trian", "there is no command 'trian'. Did you mean `basin train`?"),
      ("help data fetsh", "Did you mean `basin data fetch`?"),
      ("data fetsh", "data: there is no command 'fetsh'. Did you mean `basin data fetch`?"),
      ("train --lr 0.1", "Did you mean --set training.learningRate=0.1?"),
      ("train --lr=0.1", "Did you mean --set training.learningRate=0.1?"),
      ("train --learning-rate", "Did you mean --set training.learningRate=VALUE?"),
      ("train --batch-size 64", "Did you mean --set training.batchSize=64?"),
      ("train --weight_decay 1", "Did you mean --set training.weightDecay=1?"),
      ("train --solver rk4", "Did you mean --set model.backbone.flow.solver=rk4?"),
      ("train --gpu", "Did you mean --device cuda?"),
      ("train --workers 2", "Did you mean --threads 2?"),
      ("train --dataset mnist", "Did you mean --data mnist?"),
      ("train --epoch 3", "Did you mean --epochs 3?"),
      ("train --outt x", "Did you mean --out x?"),
      ("evaluate x --epsilon 8/255", "Did you mean --epsilons 8/255?"),
      ("evaluate x --format jsn", "found 'jsn'. Did you mean json?"),
      ("evaluate x --norm linf", "Did you mean Linf?"),
      ("evaluate x --protocol strct", "Did you mean strict?"),
      ("evaluate x --attacks pgdd", "Did you mean pgd?"),
      ("evaluate x --attacks fgsm,autoatack", "Did you mean autoattack?"),
      ("evaluate x --corruptions gausian-noise", "Did you mean gaussian-noise?"),
      ("train --method zubovnet", "found 'zubovnet'. Did you mean zubov-net?"),
      ("train --data mnits", "Did you mean mnist?"),
      ("train --data cifar-10", "Did you mean cifar10?"),
      ("train --set data.augmentation=[cropp]", "Did you mean crop?"),
      ("train --set training.adversarial.objective=trade", "Did you mean trades?"),
      ("train --method zubov", "Did you mean zubov-net?"),
      ("methods zubovnet", "Did you mean zubov-net?"),
      (
        "train --method zubov-net --epochs -1",
        "--epochs: training.epochs: expected an integer from 1"
      ),
      ("evaluate x --limit -3", "--limit: expected an integer from 1"),
      ("evaluate x --epsilons -8/255", "A budget is a distance: leave the sign out."),
      ("report x --charts ,", "--charts: expected one of svg, png, found ''"),
      ("report x --charts svg,", "--charts: expected one of svg, png, found ''"),
      ("train --data folder:", "expected a folder behind 'folder:', found none"),
      ("data fetch cifr10", "Did you mean cifar10?"),
      ("table 2 --methods zubovnet", "Did you mean zubov-net?"),
      ("certify x --certificate papr", "Did you mean paper?"),
      (
        "certify x --certificate invariance --state-disturbance 0.1",
        "--state-disturbance: expected cells among the certificates"
      ),
      (
        "certify x --sigma 0.5",
        "--sigma: expected smoothing among the certificates, found the default"
      ),
      ("certify x --certificate paper --samples 9", "--samples: expected smoothing among"),
      ("certify x --certificate cells --failure 0.1", "--failure: expected smoothing among"),
      ("certify x --certificate lipschitz --attack-steps 3", "expected cells or invariance among"),
      ("certify x --certificate cells --splits 3", "--splits: expected invariance among"),
      ("certify x --certificate smoothing --strict", "--strict: expected cells or invariance"),
      ("certify x --strict --attack-steps 0", "--strict: expected an attack that could break"),
      (
        "train --epochs 3 --set training.epochs=5",
        "training.epochs: --epochs says 3, --set training.epochs=5 something else: leave one of them out"
      ),
      (
        "train --method lyanet --set method=sodef",
        "method: --method says lyanet, --set method=sodef"
      ),
      ("train --set device=cuda --device cpu", "device: --device says cpu"),
      ("sweep --out x --epochs 3 --vary training.epochs=5,6", "found --epochs"),
      (
        "predict x --input a.csv --output b.csv",
        "--output: expected the name of a safetensors file, such as out.safetensors, found the ending .csv"
      ),
      (
        "sparse recover --matrix a --measurements b --output c --method l1/l", "Did you mean l1/l2?"
      ),
      ("sparse prune x --out y --penalty l-2", "--penalty: expected one of l1, "),
      ("launch --processes 2 -- trian", "Did you mean train?"),
      ("launch --processes 2 -- train --lr 1", "Did you mean --set training.learningRate=1?"),
      ("launch --nproc 2 -- train", "Did you mean --processes 2?"),
    ])
  func suggestions(line: String, words: String) throws {
    let failure = try #require(refusal(line))
    #expect(failure.exitCode == 64 || line.contains("--set") && failure.exitCode == 78)
    #expect(failure.message.contains(words), "\(failure.message)")
    #expect(!failure.message.contains("\n"))
    #expect(failure.message.components(separatedBy: "Did you mean").count <= 2)
  }

  @Test(
    "nothing is suggested for what is like nothing",
    arguments: ["frob", "train --frob", "train --method nope", "evaluate x --attacks nope"])
  func nothing(line: String) throws {
    let failure = try #require(refusal(line))
    #expect(failure.exitCode == 64)
    #expect(!failure.message.contains("Did you mean"), "\(failure.message)")
  }

  @Test("what the parser says of the rest stays one line and names the help")
  func rest() throws {
    for line in ["evaluate", "train --epochs x", "train --data-root", "train a b"] {
      let message = try #require(refusal(line)).message
      #expect(message.contains("`basin help ") && !message.contains("\n"), "\(message)")
    }
  }

  @Test("help and versions are no failures")
  func help() {
    for line in ["--version", "--help", "train --help", "help train"] {
      #expect(refusal(line) == nil, "\(line)")
    }
  }
}
