import NeuralNetworks
import Tensors

/// Keeps account of an evaluation: what is settled, and how long the rest is likely to take.
///
/// Work comes in rounds, known in advance: clean images, each corruption, each attempt of each
/// attack on each score function. Calls of the model are timed as they happen, by kind; what is
/// ahead is expected to cost what calls of its kind have cost, on the images that stand now.
final class EvaluationLedger {
  /// One round of work on images.
  struct Round {
    let name: String
    var threat: ThreatModel? = nil
    /// Calls of equal cost: an attack's on one score function.
    let kind: String
    var usesGradients = false
    /// Passes that one image may take.
    var steps = 1
    /// Rounds like it that are made at once where images are few.
    var sideBySide = 1
    /// Which attack and budget it belongs to, and whether it is the first of these; nil for none.
    var attack: Int? = nil
    var isFirst = false
  }

  /// The share of the cost of a call with a gradient that one without is taken to have, as long as
  /// only the other kind is known.
  private static let forwardShare = 1.0 / 3

  private let rounds: [Round]
  private let imageCount: Int
  private let report: (EvaluationProgress) throws -> Void
  private let now: () -> Double
  private let start: Double
  private var lastReport = -Double.infinity
  private var share = 0.0

  private var settled = 0
  /// The round at hand.
  private var current = 0
  /// Rows of the round at hand, how many each image has, the rows that have not begun, and how many
  /// are taken at once.
  private var open = 0
  private var sideBySide = 1
  private var waiting = 0
  private var batchSize = 1
  /// The batch at hand: rows of its latest call, calls made, and calls expected.
  private var rows = 0
  private var calls = 0
  private var expectedCalls = 0.0
  private var lastCall: Double?

  private var costs: [String: CallCost] = [:]
  /// Calls that an attempt to the end takes for each of its steps, where it is not 1.
  private var callsPerStep: [String: Double] = [:]
  /// Positions of images that are classified correctly, once known, and of those that were broken.
  private var correctCount: Int
  private var broken: Set<Int> = []
  private let isCascade: Bool

  /// - Parameters:
  ///   - rounds: in the order in which they will come, clean images first.
  ///   - attacks: with each budget; one may have no rounds.
  ///   - now: a monotonic clock in seconds.
  ///   - report: told at the end of each batch, and within one at most ten times a second.
  init(
    _ rounds: [Round], attacks: Int, images: Int, isCascade: Bool,
    now: @escaping () -> Double,
    report: @escaping (EvaluationProgress) throws -> Void
  ) {
    self.rounds = rounds
    imageCount = images
    self.isCascade = isCascade
    self.now = now
    self.report = report
    start = now()
    correctCount = images
    let corruptions = rounds.count { $0.attack == nil } - 1
    total = images * max(1, corruptions + attacks)
    unit =
      switch (corruptions, attacks) {
      case (0, 0): "images"
      case (_, 0): "images x corruptions"
      case (0, _): "images x attacks x budgets"
      default: "images x (corruptions + attacks x budgets)"
      }
  }

  /// All cases, and what they are: a corruption is a round, an attack with a budget several. Clean
  /// images count where there is nothing else.
  private let total: Int
  private let unit: String

  // MARK: - What happens

  /// Notes how many images are classified correctly: the others are not attacked.
  func note(correct: Int) { correctCount = correct }

  /// Begins the next round, or several at once.
  ///
  /// - Parameters:
  ///   - count: images that are to be worked on, once for each round.
  ///   - rounds: how many.
  ///   - size: how many at once.
  func begin(images count: Int, sideBySide rounds: Int = 1, batchSize size: Int) {
    (open, waiting, sideBySide) = (count, count, rounds)
    batchSize = max(size, 1)
    rows = 0
  }

  /// Ends the round at hand. All cases of a corruption are settled by then.
  func end() throws {
    let counts = rounds[current].attack == nil && (current > 0 || unit == "images")
    let images = current + 1 < rounds.count ? expectedImages(of: rounds[current + 1]) : 0
    current += 1
    // What is told before the next round begins is of that.
    begin(images: images, batchSize: batchSize)
    if counts { try settle(imageCount) }
  }

  /// Notes cases that are settled.
  func settle(_ count: Int) throws {
    settled += count
    try tell(at: now())
  }

  /// Notes positions of images that the attack at hand has broken; they count as settled.
  func noteBroken(_ positions: Set<Int>) throws {
    broken.formUnion(positions)
    try settle(positions.count)
  }

  /// Begins a batch of the round at hand.
  func beginBatch(of count: Int) {
    waiting = max(0, waiting - count)
    (rows, calls) = (count, 0)
    expectedCalls = expectedCalls(of: rounds[current])
    lastCall = now()
  }

  /// Ends the batch at hand.
  ///
  /// - Parameter isWhole: whether some image was worked on to the end.
  func endBatch(isWhole: Bool = true) throws {
    let time = now()
    record(until: time)
    let round = rounds[current]
    if isWhole { callsPerStep[round.kind] = Double(calls) / Double(round.steps) }
    // Until the next batch the images at hand are those that were so last.
    (calls, expectedCalls, lastCall) = (0, 0, nil)
    try tell(at: time)
  }

  /// A score function whose calls are timed as part of the round at hand.
  func timing(_ function: ScoreFunction) -> ScoreFunction {
    ScoreFunction(name: function.name) { images in
      try self.called(rows: images.shape[0])
      return try function.scores(images)
    }
  }

  /// Notes a call of the model.
  func called(rows count: Int) throws {
    let time = now()
    // Several candidates of an image in one call save calls.
    if calls == 0, count > rows { expectedCalls /= Double(count / max(rows, 1)) }
    if calls > 0 { record(until: time) } else { lastCall = time }
    rows = count
    calls += 1
    if time - lastReport >= 0.1 { try tell(at: time) }
  }

  /// What has passed since the latest call is what that call and the work on it have cost.
  private func record(until time: Double) {
    guard let lastCall, calls > 0 else { return }
    costs[rounds[current].kind, default: CallCost()].record(
      rows: FixedBatch.filled(rows), seconds: time - lastCall)
    self.lastCall = time
  }

  // MARK: - What is told

  private func tell(at time: Double) throws {
    lastReport = time
    let left = settled == total ? 0 : secondsLeft
    if let left, left + time > start {
      share = max(share, (time - start) / (time - start + left))
    }
    try report(
      EvaluationProgress(
        settled: settled, total: total, unit: unit, activity: activity, secondsLeft: left,
        share: share))
  }

  private var activity: EvaluationProgress.Activity? {
    guard current < rounds.count, settled < total else { return nil }
    let round = rounds[current]
    return EvaluationProgress.Activity(
      name: round.name, threat: round.threat,
      images: (min(rows + waiting, open) + sideBySide - 1) / sideBySide)
  }

  /// The rest of the batch, of the round, and of all rounds ahead.
  private var secondsLeft: Double? {
    guard current < rounds.count, let hand = cost(of: rounds[current], rows: rows),
      let rest = seconds(of: rounds[current], images: waiting)
    else { return current < rounds.count ? nil : 0 }
    return rounds[(current + 1)...].reduce(
      hand * max(0, expectedCalls - Double(calls)) + rest
    ) { sum, round in
      sum + (seconds(of: round, images: expectedImages(of: round)) ?? 0)
    }
  }

  /// Images that a round ahead is likely to work on: what is broken already will be broken soon by
  /// other attacks and larger budgets, unless a cascade leaves it out at once.
  private func expectedImages(of round: Round) -> Int {
    guard let attack = round.attack else { return imageCount }
    let isNew = attack != rounds[current].attack && round.isFirst
    return isNew && !isCascade ? correctCount : max(0, correctCount - broken.count)
  }

  private func seconds(of round: Round, images: Int) -> Double? {
    guard images > 0 else { return 0 }
    let together = max(1, min(round.sideBySide, batchSize / images))
    if together > 1 {
      return cost(of: round, rows: images * together).map {
        $0 / Double(together) * expectedCalls(of: round)
      }
    }
    let (whole, rest) = (images / batchSize, images % batchSize)
    guard let full = cost(of: round, rows: batchSize),
      let last = cost(of: round, rows: rest)
    else { return nil }
    return (Double(whole) * full + (rest > 0 ? last : 0)) * expectedCalls(of: round)
  }

  private func expectedCalls(of round: Round) -> Double {
    Double(round.steps) * (callsPerStep[round.kind] ?? 1)
  }

  /// What a call is likely to cost, by its own kind or, where there was none, by any other; nil
  /// before the first call of all.
  private func cost(of round: Round, rows count: Int) -> Double? {
    // What the model sees.
    let rows = Double(FixedBatch.filled(count))
    if let own = costs[round.kind], !own.isUnknown { return own.seconds(rows: rows) }
    let known = rounds[...current].reversed().first { costs[$0.kind]?.isUnknown == false }
    guard let known, let cost = costs[known.kind] else { return nil }
    let factor =
      known.usesGradients == round.usesGradients
      ? 1 : round.usesGradients ? 1 / Self.forwardShare : Self.forwardShare
    return cost.seconds(rows: rows) * factor
  }
}
