// libarchive as it is; this header only names what Lockstep uses.
#ifndef LOCKSTEP_CARCHIVE_SHIM_H
#define LOCKSTEP_CARCHIVE_SHIM_H

#include <archive.h>
#include <archive_entry.h>

#endif
