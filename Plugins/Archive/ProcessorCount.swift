#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// How many processors there are.
enum ProcessorCount {
    static let online = max(1, sysconf(CInt(_SC_NPROCESSORS_ONLN)))
}
