import Glibc

let mutation = getenv("MUTATION").flatMap { Int(String(cString: $0)) } ?? 0
