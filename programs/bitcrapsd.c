/* SPDX-License-Identifier: MIT */
/*
 * bitcrapsd: a headless node, in the foreground, logging to standard error.
 */
#include "config.h"

#include "node/node.h"
#include "platform/posix/udp.h"

#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { EXIT_STATUS_FAILED = 1, EXIT_STATUS_USAGE = 2 };

static const char usage[] =
    "usage: bitcrapsd [--state DIR] [--listen HOST:PORT] [--connect HOST:PORT]...\n"
    "                 [--bluetooth ADAPTERS] [--config FILE] [--log LEVEL] [--salvage]\n"
    "\n"
    "A BitCraps node: carries the mesh, sits at tables, keeps their journal. Control it with\n"
    "'bitcraps --state DIR ...'.\n"
    "\n"
    "  --state DIR          keys, journal and control socket (default: $BITCRAPS_STATE, or\n"
    "                       bitcraps in your state directory)\n"
    "  --listen HOST:PORT   UDP address to listen on (default: 0.0.0.0:7667; port 0: any)\n"
    "  --connect HOST:PORT  a node to link with; up to 16 times\n"
    "  --bluetooth ADAPTERS auto (default: all there are), off, or names as in hci0,hci1\n"
    "  --config FILE        read settings from FILE first: [node] state, listen, connect,\n"
    "                       bluetooth, log, witness and witness_tables\n"
    "  --log LEVEL          error, warning, info (default), debug or trace\n"
    "  --salvage            go on without what is damaged in the journal: the rows before it are\n"
    "                       used, the damaged file is kept, seats come back with new keys\n"
    "  --help, --version\n"
    "\n"
    "Exit status: 0 stopped as asked, 1 failed, 2 wrong usage.\n";

static struct node node;

static void asked_to_stop(int signal)
{
    (void)signal;
    node_ask_stop(&node);
}

static int wrong(const char *what, const char *value)
{
    fprintf(stderr, "bitcrapsd: %s '%s'; see 'bitcrapsd --help'\n", what, value);
    return EXIT_STATUS_USAGE;
}

/* Applies one option; returns 0 or an exit status. */
static int take_option(struct node_config *config, int option, const char *value)
{
    struct link_address address;
    switch (option) {
    case 's':
        if (value[0] == '\0' || strlen(value) >= sizeof config->state)
            return wrong("no usable state directory:", value);
        snprintf(config->state, sizeof config->state, "%s", value);
        return 0;
    case 'l':
        if (strlen(value) >= NODE_ADDRESS_SIZE || udp_parse(value, &address) != 0)
            return wrong("no address to listen on, as in 0.0.0.0:7667:", value);
        snprintf(config->listen, sizeof config->listen, "%s", value);
        return 0;
    case 'c':
        if (strlen(value) >= NODE_ADDRESS_SIZE || udp_parse(value, &address) != 0)
            return wrong("no address to connect to, as in 192.0.2.1:7667:", value);
        if (config->connects == NODE_CONNECTS_MAX)
            return wrong("more than 16 times --connect:", value);
        snprintf(config->connect[config->connects++], NODE_ADDRESS_SIZE, "%s", value);
        return 0;
    case 'b':
        if (!node_config_bluetooth(config, value))
            return wrong("no Bluetooth adapters (auto, off, or hci0,hci1):", value);
        return 0;
    case 'S':
        config->salvage = true;
        return 0;
    case 'L':
        if (!log_level_named(value, &config->log))
            return wrong("no log level (error, warning, info, debug, trace):", value);
        return 0;
    default:
        return EXIT_STATUS_USAGE;
    }
}

static const struct option options[] = {
    {"state", required_argument, NULL, 's'},   {"listen", required_argument, NULL, 'l'},
    {"connect", required_argument, NULL, 'c'}, {"bluetooth", required_argument, NULL, 'b'},
    {"config", required_argument, NULL, 'f'},  {"log", required_argument, NULL, 'L'},
    {"help", no_argument, NULL, 'h'},          {"version", no_argument, NULL, 'v'},
    {"salvage", no_argument, NULL, 'S'},       {0}};

/* The config file first, whatever the order; then the options over it. */
static int read_settings(int argc, char **argv, struct node_config *config)
{
    char sentence[NODE_SENTENCE_SIZE];
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == '?')
            return EXIT_STATUS_USAGE;
        if (option == 'h' || option == 'v') {
            fputs(option == 'h' ? usage : "bitcrapsd " PACKAGE_VERSION "\n", stdout);
            exit(EXIT_SUCCESS);
        }
        if (option == 'f' && !node_config_read(config, optarg, sentence)) {
            fprintf(stderr, "bitcrapsd: %s\n", sentence);
            return EXIT_STATUS_USAGE;
        }
    }
    if (optind < argc)
        return wrong("unexpected word", argv[optind]);
    optind = 1;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        const int status = option == 'f' ? 0 : take_option(config, option, optarg);
        if (status != 0)
            return status;
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct node_config config;
    char sentence[NODE_SENTENCE_SIZE];
    node_config_default(&config);
    const int status = read_settings(argc, argv, &config);
    if (status != 0)
        return status;
    log_open(config.log);
    signal(SIGPIPE, SIG_IGN);
    if (!node_start(&node, &config, sentence)) {
        fprintf(stderr, "bitcrapsd: %s\n", sentence);
        return EXIT_STATUS_FAILED;
    }
    signal(SIGINT, asked_to_stop);
    signal(SIGTERM, asked_to_stop);
    log_line(LOG_LEVEL_INFO, LOG_NODE, "started, state in %s", config.state);
    struct pollfd waiting = {.fd = node.stop_fd, .events = POLLIN};
    while (poll(&waiting, 1, -1) < 1) {
    }
    log_line(LOG_LEVEL_INFO, LOG_NODE, "stopping");
    const bool failed = atomic_load(&node.failed);
    node_stop(&node);
    return failed ? EXIT_STATUS_FAILED : EXIT_SUCCESS;
}
