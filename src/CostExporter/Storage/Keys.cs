using System.Globalization;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// Every key in Redis. All keys that one script touches carry the partition as their hash tag, so they share a slot of a Cluster:
/// <c>llm:{=acme:0}:d:20261122:u:=ann</c>.
/// </summary>
/// <param name="prefix">Starts every key; holds no braces.</param>
internal sealed class Keys(string prefix)
{
    // Readers add shards up; writers use one until a tenant outgrows a node.
    private const string Shard = ":0";

    /// <summary>Hash: schema and time zone.</summary>
    public string Settings => $"{prefix}:settings";

    /// <summary>Sorted set: the partitions that may have rows, by the time until which they may.</summary>
    public string Partitions => $"{prefix}:partitions";

    /// <summary>Sorted set: the exporters that send batches and the partitions they send them to, by the time until which their numbers are kept.</summary>
    public string Senders => $"{prefix}:senders";

    /// <summary>Hash: the exporters that live, and when each last had everything in the store.</summary>
    public string Beats => $"{prefix}:beats";

    /// <summary>Hash: corrections by id, those in force and those taken back.</summary>
    public string Corrections => $"{prefix}:corrections";

    /// <summary>The tenant's partition. Different tenants never share one; no name can break out of the hash tag.</summary>
    public static string Partition(string? tenant) => KeyText.Encode(tenant) + Shard;

    public static string? Tenant(string partition) => KeyText.Decode(partition.AsSpan(0, partition.LastIndexOf(':')));

    /// <summary>String: the number of the last batch applied of one exporter's life.</summary>
    public string LastNumber(string partition, string instance) => $"{prefix}:{{{partition}}}:batch:{instance}";

    /// <summary>What <see cref="Senders"/> says of an exporter and a partition: an instance has no such character.</summary>
    public static string Sender(string partition, string instance) => $"{instance}|{partition}";

    public static (string Partition, string Instance) ReadSender(string sender)
    {
        var end = sender.IndexOf('|', StringComparison.Ordinal);
        return (sender[(end + 1)..], sender[..end]);
    }

    /// <summary>Hash: provider, model, feature and what else is kept (SpendKeyText.cs) to measures, of one user.</summary>
    public string Rows(string partition, SpendGrain grain, DateTimeOffset period, string? user) =>
        $"{Period(partition, grain, period)}:u:{KeyText.Encode(user)}";

    /// <summary>Hash: user (of an hour that lies in two days: and day) to measures. Also the list of the period's users.</summary>
    public string ByUser(string partition, SpendGrain grain, DateTimeOffset period) => $"{Period(partition, grain, period)}:by_user";

    /// <summary>Hash: model or feature to measures; the sum by user is <see cref="ByUser"/>.</summary>
    public string Sums(string partition, SpendGrain grain, DateTimeOffset period, SpendDimension dimension) =>
        dimension == SpendDimension.User ? ByUser(partition, grain, period) : $"{Period(partition, grain, period)}:{Plural(dimension)}";

    /// <summary>Sorted set: the fields of <see cref="Sums"/> by what they cost, below 0: the highest cost first.</summary>
    public string Top(string partition, SpendGrain grain, DateTimeOffset period, SpendDimension dimension) =>
        $"{Period(partition, grain, period)}:top_{Plural(dimension)}";

    /// <summary>What there are lists of.</summary>
    public static IReadOnlyList<SpendDimension> Listed { get; } = [SpendDimension.User, SpendDimension.Model, SpendDimension.Feature];

    /// <summary>Hash: the same as rows, of all users.</summary>
    public string ByModel(string partition, SpendGrain grain, DateTimeOffset period) => $"{Period(partition, grain, period)}:by_model";

    /// <summary>Hash: user, feature, what else is kept and metric to measures, of further figures: none of the hashes above has them.</summary>
    public string FiguresByUser(string partition, SpendGrain grain, DateTimeOffset period) => $"{Period(partition, grain, period)}:figures_by_user";

    /// <summary>Hash: the same of all users.</summary>
    public string Figures(string partition, SpendGrain grain, DateTimeOffset period) => $"{Period(partition, grain, period)}:figures";

    /// <summary>Hash: provider and model to measures, of one session, and the seconds in which its first and its last call ended.</summary>
    public string Session(string partition, string session) => $"{prefix}:{{{partition}}}:s:{KeyText.Encode(session)}";

    /// <summary>Sorted set: where each record stands, by time.</summary>
    public string RecordsByTime => $"{prefix}:{{records}}:by_time";

    /// <summary>Hash: a record's id to its line. Beside the sorted set, whatever the tenant: no partition's tag is this one, since each has a colon.</summary>
    public string Records => $"{prefix}:{{records}}:lines";

    /// <summary>Sorted set: the keys of a partition that hold ids and states, by the time until which they are kept.</summary>
    public string Received(string partition) => $"{prefix}:{{{partition}}}:received";

    /// <summary>Set: the ids, 16 bytes each, of the calls that were received and ended in a UTC day.</summary>
    public string Ids(string partition, DateOnly day) => $"{prefix}:{{{partition}}}:ids:{day.ToString("yyyyMMdd", CultureInfo.InvariantCulture)}";

    /// <summary>String: a version and the state of that number of some series of a source.</summary>
    public string State(string partition, string state) => $"{prefix}:{{{partition}}}:state:{state}";

    /// <summary>Sorted set: the sources that claimed hours, by the time until which that is kept.</summary>
    public string Sources => $"{prefix}:sources";

    /// <summary>Hash: UTC hour to the form of telemetry that is booked of it, and those that were sent.</summary>
    public string Claims(string source) => $"{prefix}:source:{source}";

    private static string Plural(SpendDimension dimension) => dimension switch
    {
        SpendDimension.User => "users",
        SpendDimension.Model => "models",
        _ => "features",
    };

    private string Period(string partition, SpendGrain grain, DateTimeOffset period)
    {
        var (letter, format) = grain switch
        {
            SpendGrain.Hour => ('h', "yyyyMMddHH"),
            SpendGrain.Day => ('d', "yyyyMMdd"),
            _ => ('m', "yyyyMM"),
        };
        return $"{prefix}:{{{partition}}}:{letter}:{period.ToString(format, CultureInfo.InvariantCulture)}";
    }
}
