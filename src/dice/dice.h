/* SPDX-License-Identifier: MIT */
/*
 * Dice that nobody chose: everything of this folder in one include. keygen.h makes the joint key of
 * an epoch, roll.h rolls with it, proof.h and group.h lie under both. Pure; any thread.
 */
#ifndef DICE_DICE_H
#define DICE_DICE_H

#include "dice/group.h"
#include "dice/keygen.h"
#include "dice/proof.h"
#include "dice/roll.h"

#endif
