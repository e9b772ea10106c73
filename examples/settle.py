# SPDX-License-Identifier: MIT
"""A point of 6 with odds, made; settled by libbitcraps: python3 settle.py [libbitcraps.so.0]"""
import ctypes
import sys

lib = ctypes.CDLL(sys.argv[1] if len(sys.argv) > 1 else "libbitcraps.so.0")
lib.bitcraps_craps_create.restype = ctypes.c_void_p
lib.bitcraps_craps_credit.restype = ctypes.c_int64
table = ctypes.c_void_p(lib.bitcraps_craps_create(b"casino", None, ctypes.c_size_t(0)))
for bet, chips, dice in (b"pass", 10, (4, 2)), (b"pass odds", 50, (3, 3)):
    lib.bitcraps_craps_place(table, 0, lib.bitcraps_bet(bet), ctypes.c_int64(chips), None)
    lib.bitcraps_craps_roll(table, *dice)
print("back in the purse:", lib.bitcraps_craps_credit(table, 0))
