import DifferentialEquations
import Foundation
import Tensors
import Testing

@Suite("Events: zeros of a function along trajectories")
struct EventTests {
  /// A method of order 2 takes too many steps for what is asked here.
  static let adaptive = ButcherTableau.all.filter { $0.isAdaptive && $0.order > 2 }

  private func steps(_ tolerance: Double) -> AdaptiveSteps {
    AdaptiveSteps(tolerance: Tolerance(tolerance), maximumSteps: 100_000)
  }

  @Test("A trajectory of y' = -y comes to |y| = c at ln(|y0| / c)", arguments: adaptive)
  func decay(_ method: ButcherTableau) throws {
    let starts = [3.0, 0.7, -50, 0.05, 0.1, 1e6]
    let tolerance = method.order > 4 ? 1e-10 : 1e-8
    let solution = try solve(
      { -$0 }, from: column(starts), until: Event(.falling) { $0.norm(along: 1) - 0.1 },
      before: 10, method: method, steps: steps(tolerance))
    #expect(solution.hasEnded == [true, true, true, false, false, false])
    for (row, start) in starts.enumerated() {
      let exact = solution.hasEnded[row] ? log(abs(start) / 0.1) : 10
      #expect(abs(solution.times[row].item - exact) < 100 * tolerance, "\(start)")
      let state = start * exp(-exact)
      #expect(abs(solution.states[row].item - state) < 100 * tolerance * abs(start))
    }
    #expect(solution.zeros.map(\.count) == [1, 1, 1, 0, 0, 0])
    #expect(solution.zeros[0] == [solution.times[0].item])
    #expect(solution.states.shape == [6, 1] && solution.times.dtype == .float64)
  }

  /// (cos t, -sin t): the first component is 0 at π/2 + kπ, falling for even k.
  private let spin: (Tensor) -> Tensor = { $0.matmul(Tensor([0.0, -1, 1, 0], shape: [2, 2])) }
  private let east = Tensor([1.0, 0], shape: [1, 2])

  private func zeros(_ numbers: [Int]) -> [Double] { numbers.map { (Double($0) + 0.5) * .pi } }

  @Test(
    "The direction says which zeros count, and one of them ends the sample", arguments: adaptive)
  func directions(_ method: ButcherTableau) throws {
    func times(_ direction: Event.Direction, _ ending: Int?) throws -> EventSolution {
      try solve(
        spin, from: east,
        until: Event(direction, endsAt: ending) { $0.sliced(0..<1, along: 1).sum(along: 1) },
        before: 20, method: method, steps: steps(1e-9))
    }
    for (direction, ending, expected) in [
      (Event.Direction.either, Int?.none, [0, 1, 2, 3, 4, 5]), (.falling, nil, [0, 2, 4]),
      (.rising, nil, [1, 3, 5]), (.either, 1, [0]), (.either, 4, [0, 1, 2, 3]), (.rising, 1, [1]),
      (.rising, 3, [1, 3, 5]), (.rising, 4, [1, 3, 5]),
    ] {
      let found = try times(direction, ending)
      try #require(found.zeros[0].count == expected.count, "\(direction) \(found.zeros)")
      for (time, exact) in zip(found.zeros[0], zeros(expected)) {
        #expect(abs(time - exact) < 1e-6)
      }
      let hasEnded = ending == expected.count
      #expect(found.hasEnded == [hasEnded])
      let end = hasEnded ? zeros(expected).last! : 20
      #expect(abs(found.times.item - end) < 1e-6)
      let state = Tensor([cos(end), -sin(end)], shape: [1, 2])
      #expect(largestError(found.states, state) < 1e-6)
    }
  }

  @Test("Backwards in time too")
  func backwards() throws {
    let found = try solve(
      spin, from: east, at: 1,
      until: Event(.falling, endsAt: 2) { $0.sliced(0..<1, along: 1).sum(along: 1) }, before: -20,
      steps: steps(1e-10))
    for (time, exact) in zip(found.zeros[0], [1 - .pi / 2, 1 - 2.5 * .pi]) {
      #expect(abs(time - exact) < 1e-7)
    }
    #expect(found.hasEnded == [true])
  }

  @Test("A function of time alone; the zero lies in the last interval before its end")
  func enclosure() throws {
    for (place, tolerance) in [(1.3, 1e-9), (0.7, 1e-3), (1.9999, 1e-12), (0.25, 1e-15)] {
      let found = try solve(
        { -$0 }, from: column([1]),
        until: Event(tolerance: tolerance) { t, _ in t - place }, before: 2, steps: steps(1e-6))
      let time = found.times.item
      #expect(time - place >= -1e-15 && time - place <= tolerance + 1e-15, "\(place): \(time)")
    }
  }

  @Test("Zeros are enclosed with about the evaluations of bisection at worst, by far fewer mostly")
  func evaluations() throws {
    func count(_ function: @escaping (Double) -> Double) throws -> Int {
      var calls = 0
      let event = Event(tolerance: 1e-12) { t, _ in
        calls += 1
        return Tensor(t.doubles.map(function), shape: t.shape)
      }
      // y' = 0 takes a step to the end.
      let steps = AdaptiveSteps(tolerance: Tolerance(1e-3), firstStep: 1)
      let found = try solve(
        { $0 * 0 }, from: column([1]), until: event, before: 1, steps: steps)
      #expect(found.hasEnded == [true])
      return calls - 2
    }
    #expect(try count { $0 - 0.3 } <= 10)
    #expect(try count { exp($0) - 1.5 } <= 10)
    #expect(try count { $0 < 1 ? -1 : 0 } <= 6)
    // Flat, steep and with a jump: bisection takes 40.
    for function: (Double) -> Double in [
      { pow($0 - 0.3, 9) }, { atan(1e6 * ($0 - 0.77)) }, { $0 < 0.123 ? -1e-9 : 1e9 },
      { $0 < 0.9 ? -1e300 : 1e-300 },
    ] { #expect(try count(function) <= 44) }
  }

  @Test("A start at a zero is none; one that a step ends at is counted once")
  func exactZeros() throws {
    let steps = AdaptiveSteps(tolerance: Tolerance(1), firstStep: 0.25, largestStep: 0.25)
    func zeros(_ function: @escaping (Tensor) -> Tensor) throws -> [Double] {
      try solve(
        { $0 * 0 }, from: column([1]), until: Event(endsAt: nil) { t, _ in function(t) },
        before: 1, steps: steps
      ).zeros[0]
    }
    #expect(try zeros { $0 } == [])
    #expect(try zeros { $0 - 1 } == [1])
    #expect(try zeros { $0 - 2 } == [])
    let one = try zeros { $0 - 0.5 }
    #expect(one.count == 1 && abs(one[0] - 0.5) < 1e-9)
    // To 0 and back, where a step ends: it has reached 0.
    let touch = try zeros { ($0 - 0.5).squared }
    #expect(touch.count == 1 && abs(touch[0] - 0.5) < 1e-9)
  }

  @Test("Two zeros in one step are missed unless steps are bounded")
  func closeZeros() throws {
    func count(_ largest: Double) throws -> Int {
      try solve(
        { $0 * 0 }, from: column([1]),
        until: Event(endsAt: nil) { t, _ in (t - 0.4) * (t - 0.6) }, before: 1,
        steps: AdaptiveSteps(tolerance: Tolerance(1), firstStep: 1, largestStep: largest)
      ).zeros[0].count
    }
    #expect(try count(.infinity) == 0)
    #expect(try count(0.15) == 2)
  }

  @Test(
    "A sample's event does not depend on its batch-mates",
    arguments: [
      ButcherTableau.dormandPrince, .dormandPrince8,
    ])
  func perSample(_ method: ButcherTableau) throws {
    let scales = Tensor((0..<6).map { pow(3, Double($0) - 2) }, shape: [6, 1])
    let initial = RandomGenerator(seed: 5).normal([6, 4], dtype: .float64) * scales
    let rates = column((0..<6).map { 0.3 + Double($0) })
    func field(_ rates: Tensor) -> (Tensor) -> Tensor {
      { y in y.sin * rates - y * y.magnitude }
    }
    let event = Event(.falling) { y in y.norm(along: 1) - 5 }
    let all = VectorField.conditioned { state, rows in
      field(rows.map { rates.selecting(Tensor($0.map(Int64.init))) } ?? rates)(state)
    }
    let together = try solve(all, from: initial, until: event, before: 3, method: method)
    #expect(Set(together.hasEnded) == [true, false])
    for row in 0..<6 {
      let alone = try solve(
        field(rates.sliced(row..<row + 1)), from: initial.sliced(row..<row + 1), until: event,
        before: 3, method: method)
      #expect(alone.zeros[0] == together.zeros[row])
      #expect(areIdentical(alone.states, together.states.sliced(row..<row + 1)))
    }
  }

  /// t* = ln(y0 / c) / k, and the state there is c whatever y0 and k are.
  @Test("Times and states at events are differentiable", arguments: adaptive)
  func gradients(_ method: ButcherTableau) throws {
    let initial = column([3, 0.7, 0.01]).differentiable()
    let rate = column([1.3]).differentiable()
    let level = Tensor([0.1], shape: [1]).differentiable()
    let found = try solve(
      { $0 * -rate[0] }, from: initial,
      until: Event(.falling) { y in y.sum(along: 1) - level }, before: 5, method: method,
      steps: steps(1e-9))
    #expect(found.hasEnded == [true, true, false])
    let times = gradient(of: found.times.sum(), wrt: [initial, rate, level], retaining: true)
    for (row, start) in [3, 0.7].enumerated() {
      #expect(abs(times[0][row].item - 1 / (1.3 * start)) < 1e-6)
    }
    #expect(times[0][2].item == 0)
    let t = [3, 0.7].map { log($0 / 0.1) / 1.3 }
    #expect(abs(times[1].item + (t[0] + t[1]) / 1.3) < 1e-5)
    #expect(abs(times[2].item + 2 / (1.3 * 0.1)) < 1e-4)

    let states = gradient(
      of: found.states.sliced(0..<2).sum(), wrt: [initial, rate, level], retaining: true)
    #expect(states[0].magnitude.max().item < 1e-6 && states[1].magnitude.max().item < 1e-6)
    #expect(abs(states[2].item - 2) < 1e-6)
    // The sample that did not end is at its state at the end of the time.
    let rest = gradient(of: found.states[2].sum(), wrt: [initial])[0]
    #expect(abs(rest[2].item - exp(-1.3 * 5)) < 1e-6)
  }

  /// y' = 1 + θ t, g = y - t²: t + θ t²/2 + y0 = t².
  @Test("The event's own dependence on time is differentiated")
  func timedGradients() throws {
    let (initial, theta) = (column([0.5]).differentiable(), column([0.3]).differentiable())
    let found = try solve(
      { t, y in Tensor.ones(like: y) + theta * t }, from: initial,
      until: Event(.falling) { t, y in y.sum(along: 1) - t.squared }, before: 5, steps: steps(1e-10)
    )
    // (1 - θ/2) t² - t - y0 = 0
    let a = 1 - 0.3 / 2
    let t = (1 + (1 + 4 * a * 0.5).squareRoot()) / (2 * a)
    #expect(abs(found.times.item - t) < 1e-8)
    let slopes = gradient(of: found.times.sum(), wrt: [initial, theta])
    #expect(abs(slopes[0].item - 1 / (2 * a * t - 1)) < 1e-7)
    #expect(abs(slopes[1].item - t * t / 2 / (2 * a * t - 1)) < 1e-7)
  }

  @Test("Nothing is recorded where nothing asks for it; float32 states stay such")
  func plain() throws {
    let found = try solve(
      { -$0 }, from: column([2]).to(.float32),
      until: Event { y in y.sum(along: 1) - 1 }, before: 5, steps: steps(1e-6))
    #expect(!found.times.requiresGradient && !found.states.requiresGradient)
    #expect(found.states.dtype == .float32 && abs(found.times.item - log(2)) < 1e-5)
    let empty = try solve(
      { -$0 }, from: .zeros([0, 3], dtype: .float64), until: Event { $0.sum(along: 1) }, before: 1)
    #expect(empty.times.shape == [0] && empty.states.shape == [0, 3])
  }

  @Test(
    "What cannot be looked for is refused; a function that is not a number fails with its place")
  func refusals() throws {
    func message(_ body: () throws -> EventSolution) -> String {
      do {
        _ = try body()
        return ""
      } catch { return "\(error)" }
    }
    let y = column([1, 2])
    let event = Event { $0.sum(along: 1) }
    #expect(message { try solve({ -$0 }, from: y, until: event, before: 0) }.contains("times"))
    #expect(
      message { try solve({ -$0 }, from: y, until: event, before: 1, method: .heun) }
        .contains("take adaptive-heun, bosh3, dopri5, dopri8 or rodas4"))
    for tolerance in [0, -1, .nan, Double.infinity] {
      #expect(
        message {
          try solve(
            { -$0 }, from: y, until: Event(tolerance: tolerance) { $0.sum(along: 1) }, before: 1)
        }.contains("tolerance of an event must be positive"))
    }
    #expect(
      message {
        try solve({ -$0 }, from: y, until: Event(endsAt: 0) { $0.sum(along: 1) }, before: 1)
      }.contains("at least the first"))
    let start = message {
      try solve({ -$0 }, from: y, until: Event { ($0 - 1.5).log.sum(along: 1) }, before: 1)
    }
    #expect(start.contains("function is not finite at t = 0 in sample 0"))
    let later = message {
      try solve({ -$0 }, from: y, until: Event { ($0 - 0.5).log.sum(along: 1) - 9 }, before: 1)
    }
    #expect(later.contains("function is not finite at t = 0.") && later.contains("in sample 0"))
    #expect(later.contains("check that the event's function is defined"))
  }
}
