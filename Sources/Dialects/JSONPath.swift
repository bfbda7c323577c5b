/// A path into a JSON value, as a dialect writes it: `details.code_id`, `target[type=User].id`.
struct JSONPath: Equatable {
    /// One step down.
    enum Step: Hashable {
        /// The value of a key of an object.
        case key(String)
        /// An element of an array by its place.
        case index(Int)
        /// The first element of an array, an object, whose `name` is the text `value`.
        case element(name: String, value: String)
    }

    var steps: [Step]

    /// Reads `text`; nil where it is no path. A backslash takes a dot or bracket as it is.
    init?(_ text: String) {
        steps = []
        var key = ""
        var expectsKey = true
        var rest = Substring(text)
        while let character = rest.popFirst() {
            switch character {
            case "\\":
                guard let next = rest.popFirst() else { return nil }
                key.append(next)
                expectsKey = false
            case ".":
                guard !expectsKey else { return nil }
                if !key.isEmpty { steps.append(.key(key)) }
                key = ""
                expectsKey = true
            case "[":
                guard !expectsKey, let inside = Self.takeBracket(&rest) else { return nil }
                if !key.isEmpty { steps.append(.key(key)) }
                key = ""
                guard let step = Self.bracket(inside) else { return nil }
                steps.append(step)
                if let next = rest.first, next != ".", next != "[" { return nil }
            default:
                key.append(character)
                expectsKey = false
            }
        }
        if !key.isEmpty { steps.append(.key(key)) }
        if expectsKey || steps.isEmpty { return nil }
    }

    /// The text up to the closing bracket, which is taken too; nil where there is none.
    private static func takeBracket(_ rest: inout Substring) -> String? {
        var inside = ""
        while let character = rest.popFirst() {
            if character == "]" { return inside }
            if character == "\\", let next = rest.popFirst() {
                inside.append(next)
            } else {
                inside.append(character)
            }
        }
        return nil
    }

    private static func bracket(_ inside: String) -> Step? {
        if let index = Int(inside) { return index >= 0 ? .index(index) : nil }
        guard let equals = inside.firstIndex(of: "=") else { return nil }
        let name = String(inside[..<equals])
        let value = String(inside[inside.index(after: equals)...])
        return name.isEmpty || value.isEmpty ? nil : .element(name: name, value: value)
    }
}

/// All paths of a dialect's JSON forms as one tree, walked once per record.
///
///     type ─ slot 0        details ┬ username ─ slot 3        target ─ [type=User] ─ id ─ slot 5
///                                  └ code_id ─ slot 4
final class JSONPathTree {
    private struct Node {
        var slot: Int32 = -1
        var list: Int32 = -1
        var children: [(step: JSONPath.Step, node: Int)] = []
    }

    private var nodes = [Node()]
    private let firstSlot: Int
    private(set) var slotCount = 0

    /// A tree whose slots are numbered from `firstSlot`.
    init(firstSlot: Int) { self.firstSlot = firstSlot }

    /// The slot that the value at `path` goes to, counted from the tree's first.
    func slot(for path: JSONPath, below root: Int = 0) -> Int {
        let node = node(at: path, below: root)
        if nodes[node].slot < 0 {
            nodes[node].slot = Int32(firstSlot + slotCount)
            slotCount += 1
        }
        return Int(nodes[node].slot) - firstSlot
    }

    /// Notes that the elements of the array at `path` are wanted as list `list`.
    func list(_ list: Int, at path: JSONPath) {
        nodes[node(at: path, below: 0)].list = Int32(list)
    }

    /// Notes that the elements of an array which is itself the value at `root` are wanted.
    func list(_ list: Int, atRoot root: Int) {
        nodes[root].list = Int32(list)
    }

    /// A new root, for values that are walked on their own.
    func newRoot() -> Int {
        nodes.append(Node())
        return nodes.count - 1
    }

    private func node(at path: JSONPath, below root: Int) -> Int {
        var node = root
        for step in path.steps {
            if let known = nodes[node].children.first(where: { $0.step == step }) {
                node = known.node
            } else {
                nodes.append(Node())
                nodes[node].children.append((step, nodes.count - 1))
                node = nodes.count - 1
            }
        }
        return node
    }

    /// The tree as flat tables in `memory`.
    func compiled(in memory: CompiledMemory) -> UnsafeBufferPointer<JSONNode> {
        let flat = nodes.map { node in
            var keys: [(key: String, value: Int32)] = []
            var indexes: [JSONNode.Index] = []
            var elements: [JSONNode.Element] = []
            for child in node.children {
                let target = Int32(child.node)
                switch child.step {
                case .key(let key): keys.append((key, target))
                case .index(let index): indexes.append(.init(index: Int32(index), node: target))
                case .element(let name, let value):
                    elements.append(
                        .init(name: memory.place(name), value: memory.place(value), node: target))
                }
            }
            return JSONNode(
                slot: node.slot, list: node.list, keys: ByteTable(keys, in: memory),
                indexes: memory.place(indexes), elements: memory.place(elements))
        }
        return memory.place(flat)
    }
}

/// A node of a compiled path tree.
struct JSONNode: BitwiseCopyable {
    struct Index: BitwiseCopyable {
        var index: Int32
        var node: Int32
    }

    struct Element: BitwiseCopyable {
        var name: Bytes
        var value: Bytes
        var node: Int32
    }

    /// Where a scalar here goes, or -1.
    var slot: Int32
    /// The list that the elements of an array here belong to, or -1.
    var list: Int32
    var keys: ByteTable
    var indexes: UnsafeBufferPointer<Index>
    var elements: UnsafeBufferPointer<Element>
}
