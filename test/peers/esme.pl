#!/usr/bin/perl
# An ESME by Net::SMPP: binds to 127.0.0.1:PORT, sends four segments, waits for their answers and receipts, asks about one and
# unbinds. It prints what it gets, a line each, fields separated by tabs.
use strict;
use warnings;
use Net::SMPP;

my ($port, $password) = @ARGV;
$| = 1;

my ($smpp, $bound) = Net::SMPP->new_transceiver(
    '127.0.0.1',
    port      => $port,
    system_id => 'bongsu',
    password  => $password,
);
die "cannot connect\n" if !defined $smpp;
print join("\t", 'bound', $bound->{status}, $bound->{system_id} // ''), "\n";
exit 0 if $bound->{status} != 0;

my @common = (source_addr => '82232100404', destination_addr => '821012345678', registered_delivery => 1, async => 1);
$smpp->submit_sm(@common, data_coding => 0, short_message => "Leave the coast \x1b\x65");
$smpp->submit_sm(@common, data_coding => 8, short_message => "\xb3\x00\xd5\x3c");
for my $part (1, 2) {
    $smpp->submit_sm(
        @common,
        esm_class     => 0x40,
        data_coding   => 0,
        short_message => pack('C6', 5, 0, 3, 0x77, 2, $part) . "part $part",
    );
}

my ($answers, $receipts, $id) = (0, 0, '');
while ($answers < 4 || $receipts < 4) {
    my $pdu = $smpp->read_pdu() or die "the connection ended\n";
    if ($pdu->{cmd} == 0x80000004) {
        $answers++;
        $id = $pdu->{message_id};
        print join("\t", 'answer', $pdu->{status}, $pdu->{message_id}), "\n";
    }
    elsif ($pdu->{cmd} == 0x00000005) {
        $receipts++;
        my $named = unpack 'Z*', $pdu->{receipted_message_id};
        print join("\t", 'receipt', $pdu->{esm_class}, $named, ord $pdu->{message_state}, $pdu->{short_message}), "\n";
        $smpp->deliver_sm_resp(seq => $pdu->{seq}, message_id => '');
    }
}
print join("\t", 'alive', $smpp->enquire_link()->{status}), "\n";
my $query = $smpp->query_sm(message_id => $id, source_addr => '82232100404');
print join("\t", 'query', $query->{status}, $query->{message_id}, $query->{message_state}), "\n";
print join("\t", 'unbound', $smpp->unbind()->{status}), "\n";
