// libzstd as it is.
#ifndef LOCKSTEP_CZSTD_SHIM_H
#define LOCKSTEP_CZSTD_SHIM_H

#include <zstd.h>

#endif
