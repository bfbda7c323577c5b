import Foundation

/// The files of a simulation: hands each hour's pieces to the file that covers the hour.
struct OutputSet {
    private let options: SimulationOptions
    private let start: Int64
    private let hours: Int
    private var open: [Stream: OutputFile] = [:]
    private(set) var finished: [SimulationSummary.File] = []

    /// What is written side by side.
    enum Stream: Hashable {
        case format(SimulationFormat)
        /// The ids of the records that belong to scenarios.
        case truthEvents
    }

    init(_ world: World) {
        options = world.options
        start = world.start
        hours = world.hours
    }

    /// Removes the files of an earlier simulation, which its ground truth tells from other folders.
    static func clear(_ directory: String) throws(SimulationError) {
        let files = FileManager.default
        guard let truth = files.contents(atPath: directory + "/truth.json"),
            truth.starts(with: TruthLedger.opening.utf8)
        else { return }
        var names = ["truth.json", "truth-events.jsonl", "truth-events.jsonl.gz"]
        for format in SimulationFormat.allCases {
            let (folder, stem, _) = format.naming
            let found = (try? files.contentsOfDirectory(atPath: directory + "/" + folder)) ?? []
            names += found.filter { $0.hasPrefix(stem) }.map { folder + "/" + $0 }
        }
        for name in names where files.fileExists(atPath: directory + "/" + name) {
            do {
                try files.removeItem(atPath: directory + "/" + name)
            } catch {
                throw .cannotWrite(path: directory + "/" + name, reason: error.localizedDescription)
            }
        }
    }

    /// Appends an hour's piece of a stream, opening the next file where one begins.
    mutating func append(_ piece: Piece, to stream: Stream, hour: Int) throws(SimulationError) {
        let path = path(stream, hour: hour)
        if let file = open[stream], file.path != path {
            finished.append(try file.finish())
            open[stream] = nil
        }
        if let file = open[stream] { return try file.append(piece) }
        let file = try OutputFile(
            directory: options.directory, path: path, format: stream.format,
            compression: options.compression, modified: lastSecond(stream, hour: hour))
        open[stream] = file
        try file.append(piece)
    }

    /// Ends all files that are still open.
    mutating func finish() throws(SimulationError) {
        let streams = SimulationFormat.allCases.map { Stream.format($0) } + [.truthEvents]
        for stream in streams {
            if let file = open[stream] { finished.append(try file.finish()) }
        }
        open = [:]
    }

    private func path(_ stream: Stream, hour: Int) -> String {
        let suffix = options.compression == .gzip ? ".gz" : ""
        guard case .format(let format) = stream else { return "truth-events.jsonl" + suffix }
        let (folder, stem, ending) = format.naming
        guard options.layout == .perDay else { return "\(folder)/\(stem)\(ending)\(suffix)" }
        var date = LineBuffer()
        date.append(date: CivilDate(start + Int64(hour) * Clock.hour))
        if format == .helpdesk { date.removeLast("-01".utf8.count) }
        let name = date.withBytes { String(decoding: $0, as: UTF8.self) }
        return "\(folder)/\(stem)-\(name)\(ending)\(suffix)"
    }

    /// The last second of the period that the file which covers an hour is for.
    private func lastSecond(_ stream: Stream, hour: Int) -> Int64 {
        var last = hour
        while last + 1 < hours, path(stream, hour: last + 1) == path(stream, hour: hour) {
            last += 1
        }
        return start + Int64(last + 1) * Clock.hour - Clock.second
    }
}

extension OutputSet.Stream {
    var format: SimulationFormat? {
        if case .format(let format) = self { format } else { nil }
    }
}

extension SimulationFormat {
    /// Folder, stem and ending of the format's files.
    fileprivate var naming: (folder: String, stem: String, ending: String) {
        switch self {
        case .keycloak: ("keycloak", "keycloak", ".jsonl")
        case .accessLog: ("access", "access", ".log")
        case .sshd: ("sshd", "auth", ".log")
        case .helpdesk: ("helpdesk", "helpdesk", ".jsonl")
        }
    }
}
