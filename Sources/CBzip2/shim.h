// libbz2 as it is.
#ifndef LOCKSTEP_CBZIP2_SHIM_H
#define LOCKSTEP_CBZIP2_SHIM_H

#include <stdio.h>
#include <bzlib.h>

#endif
