#!/usr/bin/perl
# An SMSC by Net::SMPP on a free port of 127.0.0.1, one bind at a time: answers submit_sm, sends a receipt for each, asks with
# enquire_link, and in the first session unbinds by itself after UNBIND_AFTER submit_sm. Ends when nobody has connected for a
# minute. It prints what happens, a line each, fields separated by tabs.
use strict;
use warnings;
use Net::SMPP;
use POSIX 'strftime';

my ($unbind_after) = @ARGV;
$| = 1;

my $listener = Net::SMPP->new_listen('127.0.0.1', port => 0, timeout => 60) or die "cannot listen: $!\n";
print "port\t", $listener->sockport, "\n";

# Net::SMPP warns whenever a connection ends.
local $SIG{__WARN__} = sub { };
my ($messages, $session) = (0, 0);
while (my $esme = $listener->accept) {
    $session++;
    my $submits = 0;
    while (my $pdu = $esme->read_pdu()) {
        my ($cmd, $seq) = ($pdu->{cmd}, $pdu->{seq});
        if ($cmd == 0x00000009) {
            my $right = $pdu->{system_id} eq 'bongsu' && $pdu->{password} eq 'secret';
            $esme->bind_transceiver_resp(seq => $seq, system_id => 'perl', status => $right ? 0 : 0x0e);
            print join("\t", 'bind', $session, $pdu->{system_id}, $pdu->{interface_version}), "\n";
            $esme->enquire_link(async => 1) if $right;
        }
        elsif ($cmd == 0x00000004) {
            my $id = sprintf 'P%06d', ++$messages;
            $esme->submit_sm_resp(seq => $seq, message_id => $id);
            receipt($esme, $pdu, $id) if $pdu->{registered_delivery} & 1;
            if ($session == 1 && ++$submits == $unbind_after) {
                $esme->unbind(async => 1);
                print "unbinding\n";
            }
        }
        elsif ($cmd == 0x00000015) { $esme->enquire_link_resp(seq => $seq) }
        elsif ($cmd == 0x80000015) { print "alive\n" }
        elsif ($cmd == 0x80000005) { print "acknowledged\t$pdu->{status}\n" }
        elsif ($cmd == 0x80000006) {
            print "unbound\tby us\n";
            # To close at once would reset the connection, and answers that the ESME has not read yet would be lost with it.
            shutdown $esme, 1;
        }
        elsif ($cmd == 0x00000006) {
            $esme->unbind_resp(seq => $seq);
            print "unbound\tby the ESME\n";
            last;
        }
        else { $esme->generic_nack(seq => $seq, status => 3) }
    }
    close $esme;
}

sub receipt {
    my ($esme, $pdu, $id) = @_;
    my $date = strftime '%y%m%d%H%M', gmtime;
    $esme->deliver_sm(
        async                => 1,
        source_addr          => $pdu->{destination_addr},
        destination_addr     => $pdu->{source_addr},
        esm_class            => 4,
        short_message        => "id:$id sub:001 dlvrd:001 submit date:$date done date:$date stat:DELIVRD err:000 text:",
        receipted_message_id => "$id\0",
        message_state        => chr 2,
    );
}
