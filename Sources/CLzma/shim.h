// liblzma as it is.
#ifndef LOCKSTEP_CLZMA_SHIM_H
#define LOCKSTEP_CLZMA_SHIM_H

#include <lzma.h>

#endif
