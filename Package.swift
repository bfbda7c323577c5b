// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [.enableUpcomingFeature("ExistentialAny")]

/// A module of Lockstep's own, in `Sources/<name>`.
func module(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource]? = nil) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

/// A shipped source adapter: an ordinary target in `Plugins/<folder>` that imports AdapterKit alone.
func adapter(_ name: String, folder: String, _ libraries: [Target.Dependency] = []) -> Target {
    .target(
        name: name, dependencies: ["AdapterKit"] + libraries, path: "Plugins/\(folder)",
        exclude: ["README.md"], resources: [.embedInCode("sample.yaml")], swiftSettings: strict)
}

/// The tests of one module, in `Tests/<name>Tests`.
func tests(_ name: String, _ dependencies: [Target.Dependency] = [], fixtures: Bool = false) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.init(stringLiteral: name)] + dependencies,
        path: "Tests/\(name)Tests", exclude: fixtures ? ["Fixtures"] : [], swiftSettings: strict)
}

let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let log: Target.Dependency = .product(name: "Logging", package: "swift-log")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "lockstep",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "lockstep", targets: ["LockstepCLI"]),
        .library(name: "AdapterKit", targets: ["AdapterKit"]),
        .library(name: "LockstepTesting", targets: ["LockstepTesting"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.0.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.0.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .systemLibrary(
            name: "CLzma", pkgConfig: "liblzma", providers: [.apt(["liblzma-dev"]), .brew(["xz"])]),
        .systemLibrary(
            name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"]), .brew(["zstd"])]),
        .systemLibrary(name: "CBzip2", providers: [.apt(["libbz2-dev"]), .brew(["bzip2"])]),
        .target(name: "CScan"),
        // Finds ISA-L by its header when compiled and loads it when run; zlib takes its place elsewhere.
        .target(name: "CIsal"),
        .systemLibrary(
            name: "CArchive", pkgConfig: "libarchive",
            providers: [.apt(["libarchive-dev"]), .brew(["libarchive"])]),

        module("IdentityModel", [crypto]),
        module("AdapterKit", []),
        module("Measures", ["IdentityModel"]),
        module("Dialects", ["IdentityModel", "AdapterKit", "CScan", yams]),
        module("Attempts", ["IdentityModel"]),
        module("SecuritySignals", ["Attempts", "Measures", "IdentityModel", yams]),
        module("ProductImpact", ["Attempts", "Measures", "IdentityModel"]),
        module("Store", ["IdentityModel", grdb, crypto]),
        module("Scorecard", ["Measures", "IdentityModel"]),
        module(
            "Collector",
            ["AdapterKit", "Dialects", "Attempts", "SecuritySignals", "ProductImpact", "Store", "Scorecard"]),
        module("Simulation", ["CZlib"]),
        module("LockstepTesting", ["AdapterKit", "Measures"]),
        .executableTarget(
            name: "LockstepCLI",
            dependencies: [
                "Collector", "Simulation", "LogFileAdapter", "ArchiveAdapter", arguments, log,
            ],
            swiftSettings: strict),

        .executableTarget(
            name: "HotParts", dependencies: ["Collector", "LogFileAdapter"], path: "Benchmarks/HotParts",
            swiftSettings: strict),

        adapter("LogFileAdapter", folder: "LogFile"),
        adapter("ArchiveAdapter", folder: "Archive", ["CZlib", "CIsal", "CArchive", "CLzma", "CBzip2", "CZstd"]),

        tests("IdentityModel"),
        tests("AdapterKit", ["LockstepTesting"]),
        tests("LogFileAdapter", ["LockstepTesting"]),
        tests("ArchiveAdapter", ["LockstepTesting", "CZlib", "CIsal", "CArchive"]),
        tests("Dialects"),
        tests("Measures", ["LockstepTesting", "IdentityModel"]),
        tests("Attempts", ["IdentityModel", "LockstepTesting"]),
        tests("SecuritySignals", ["IdentityModel", "Attempts", "Measures", "LockstepTesting"]),
        tests("ProductImpact", ["IdentityModel", "Attempts", "Measures", "LockstepTesting"]),
        tests("Scorecard", ["IdentityModel", "Measures"]),
        tests("Store", ["IdentityModel", grdb]),
        tests("Simulation", ["CZlib"]),
        .testTarget(name: "RepositoryTests", swiftSettings: strict),
        .testTarget(
            name: "ConformanceTests", dependencies: ["Dialects", "AdapterKit", "IdentityModel"],
            exclude: ["actions", "differences"], swiftSettings: strict),
        tests("Collector", ["ArchiveAdapter", "Simulation", grdb], fixtures: true),
        // Depends on the command so that it is built beside the tests, which run it as a process.
        .testTarget(name: "LockstepCLITests", dependencies: ["LockstepCLI"], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
