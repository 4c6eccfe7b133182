import Testing

@testable import Reports

@Suite("Parallel charts") struct ParallelChartTests {
  @Test("Numbers stand between the ends of their axis, words at equal distances")
  func places() {
    let chart = ParallelChart(
      title: "", summary: "",
      axes: [
        .init("rate", ["0.001", "0.01", "0.1"], isLogarithmic: true),
        .init("width", ["8", "16", "12"]),
        .init("activation", ["tanh", "relu", "tanh"]), .init("same", ["1", "1", "1"]),
      ], names: ["a", "b", "c"], colors: [1, 2, 3], colorTitle: "accuracy")
    let expected = [[0, 0.5, 1], [0, 1, 0.5], [0, 1, 0], [0.5, 0.5, 0.5]]
    for (places, wanted) in zip(chart.places, expected) {
      for (place, value) in zip(places, wanted) { #expect(abs(place - value) < 1e-12) }
    }
  }
}
