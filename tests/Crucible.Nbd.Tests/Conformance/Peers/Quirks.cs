using Crucible.Nbd.Tests.Conformance.Cases;

namespace Crucible.Nbd.Tests.Conformance.Peers;

/// <summary>
/// Which cases do not apply to which peer, and why: features it does not have, and liberties that the protocol leaves it.
/// A case that is not named here must pass.
/// </summary>
internal static class Quirks
{
    private const string QemuHasOneName = "qemu-nbd serves its export under one name, and has no default beside it";
    private const string QemuSaysInvalid = "qemu-nbd answers every request that it refuses before it tries it with EINVAL";
    private const string NbdkitAsksAtGo = "nbdkit looks at the export's name when it is entered, not when its contexts are asked for";

    private const string ClosesEarly = "it may close while writes that were asked for before DISC are still under way";
    private const string NoReplicas = "neither peer has replicas to tell of";
    private const string QemuRequiresTls = "qemu-nbd can't offer TLS without requiring it";
    private const string NoExtendedHeaders = "neither peer's version here has extended headers";

    // Cases of a feature that only our server has.
    private static readonly string[] Extended =
    [
        nameof(ExtendedHeaderCases.With_extended_headers_the_disk_is_written_read_and_emptied),
        nameof(ExtendedHeaderCases.With_extended_headers_errors_are_told_and_survived),
        nameof(ExtendedHeaderCases.With_extended_headers_allocation_is_told_in_64_bits),
        nameof(ExtendedHeaderCases.Extended_headers_exclude_EXPORT_NAME_and_STRUCTURED_REPLY),
        nameof(ExtendedHeaderCases.A_compact_request_after_extended_headers_ends_the_connection),
    ];

    private static readonly Dictionary<(Peer, string), string> Table = new()
    {
        [(Peer.QemuNbd, nameof(BlockStatusCases.How_the_replicas_are_is_told_beside_the_allocation))] = NoReplicas,
        [(Peer.Nbdkit, nameof(BlockStatusCases.How_the_replicas_are_is_told_beside_the_allocation))] = NoReplicas,
        [(Peer.QemuNbd, nameof(TlsCases.Where_TLS_is_offered_and_not_required_clients_are_served_without_it))] = QemuRequiresTls,
        [(Peer.QemuNbd, nameof(TlsCases.Where_TLS_is_offered_and_not_required_clients_are_served_over_it))] = QemuRequiresTls,
        [(Peer.QemuNbd, nameof(GreetingCases.EXPORT_NAME_of_the_empty_name_is_the_default_export))] = QemuHasOneName,
        [(Peer.QemuNbd, nameof(GoCases.GO_to_the_empty_name_is_the_default_export))] = QemuHasOneName,
        [(Peer.QemuNbd, nameof(MetaContextCases.What_was_selected_for_one_name_does_not_hold_for_another))] = QemuHasOneName,
        [(Peer.QemuNbd, nameof(RequestErrorCases.A_WRITE_beyond_the_end_finds_no_space_and_is_survived))] = QemuSaysInvalid,
        [(Peer.QemuNbd, nameof(RequestErrorCases.WRITE_ZEROES_beyond_the_end_finds_no_space_and_is_survived))] = QemuSaysInvalid,
        [(Peer.QemuNbd, nameof(ReadOnlyCases.WRITE_is_not_permitted_and_survived))] = QemuSaysInvalid,
        [(Peer.QemuNbd, nameof(ReadOnlyCases.TRIM_and_WRITE_ZEROES_are_not_permitted_and_survived))] = QemuSaysInvalid,
        [(Peer.QemuNbd, nameof(MetaContextCases.With_bytes_after_the_queries_they_are_invalid_or_those_ignored))] =
            "qemu-nbd takes bytes after the queries for the next option",
        [(Peer.QemuNbd, nameof(ReadAndWriteCases.DISC_ends_the_connection_after_what_was_asked_before_it))] = ClosesEarly,
        [(Peer.Nbdkit, nameof(ReadAndWriteCases.DISC_ends_the_connection_after_what_was_asked_before_it))] = ClosesEarly,
        [(Peer.QemuNbd, nameof(InFlightCases.A_client_that_says_no_more_gets_its_answers))] =
            "qemu-nbd takes the end of a client's bytes for the end of the client",
        [(Peer.QemuNbd, nameof(TlsCases.Before_TLS_ABORT_is_acknowledged))] = "qemu-nbd answers ABORT like other options before TLS, and ends",
        [(Peer.QemuNbd, nameof(TlsCases.STARTTLS_with_data_is_invalid_and_survived))] = "qemu-nbd ends a connection that begins TLS wrongly",
        [(Peer.Nbdkit, nameof(MetaContextCases.SET_for_an_unknown_export_is_refused_and_survived))] = NbdkitAsksAtGo,
        [(Peer.Nbdkit, nameof(MetaContextCases.LIST_for_an_unknown_export_is_refused_and_survived))] = NbdkitAsksAtGo,
        [(Peer.Nbdkit, nameof(MetaContextCases.SET_selects_once_what_is_asked_for_twice))] = "nbdkit names a context as often as it is asked for",
        [(Peer.Nbdkit, nameof(MetaContextCases.With_fewer_queries_than_announced_they_are_invalid))] =
            "nbdkit keeps what it selected before it came to the error",
        [(Peer.Nbdkit, nameof(InFlightCases.A_client_that_vanishes_before_its_answers_does_no_harm))] =
            "nbdkit 1.32 ends with a failed assertion where it owes several answers to a client that is gone",
        [(Peer.Nbdkit, nameof(ReadAndWriteCases.What_was_never_written_comes_as_a_hole))] = "nbdkit sends the zeroes of holes as data",
    };

    /// <summary>Why a case does not apply to a peer; null where it does.</summary>
    public static string? WhyNot(Peer peer, string method) =>
        peer is Peer.QemuNbd or Peer.Nbdkit && Extended.Contains(method) ? NoExtendedHeaders : Table.GetValueOrDefault((peer, method));
}
