using System.Globalization;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter;

/// <summary>Decides what of a delivery is booked, for whom and when. Thread-safe.</summary>
internal sealed class DeliveryPlan(CostExporterOptions options, RowRules rules, TimedStore store, IReceiptStore receipts, SourceClaims claims)
{
    /// <summary>How far ahead of the receiver's clock a call may have ended: clocks are never quite the same.</summary>
    public static readonly TimeSpan ClocksDiffer = TimeSpan.FromMinutes(10);

    /// <summary>What is further ahead than that, but no more than this, is booked when it came.</summary>
    public static readonly TimeSpan ClocksAreWrong = TimeSpan.FromDays(1);

    // Time in which what is let in now is still on its way into the store.
    private static readonly TimeSpan OnItsWay = TimeSpan.FromMinutes(10);

    // No store keeps a larger sum. Of larger amounts a few calls together pass an Int128, and come out as a small one.
    private static readonly Int128 MostPico = (Int128.One << 96) - 1;

    // Claims of one delivery under way at once.
    private const int ClaimsAtOnce = 32;

    private readonly RecentCache<(string? Tenant, TelemetrySource Source), string> _identities = new(10_000);

    /// <summary>Makes the parts of one source. What cannot be booked, or is not to be, is counted and told.</summary>
    /// <exception cref="Exception">The store's: nothing of the source is to be booked yet.</exception>
    public async Task<List<(string Partition, DeliveryPart Part)>> OfAsync(string? tenant, SourceDelivery said, DeliveryProgress progress, CancellationToken cancellationToken)
    {
        tenant = Attribution.Clean(tenant);
        var identity = IdentityOf(tenant, said.Source);
        var now = options.TimeProvider.GetUtcNow();
        var calls = new List<PlannedCall>(said.Calls.Count);
        foreach (var call in said.Calls)
        {
            if (Plan(call, tenant, now, progress) is { } kept)
            {
                calls.Add(kept);
            }
        }

        var points = said.Points.FindAll(point => IsTaken(in point, now, progress));
        var booked = await ClaimAsync(
            identity, calls.Select(call => (HourOf(call.At), call.Kind)).Concat(points.Select(point => (HourOf(PointBooking.MomentOf(in point, now)), point.Kind))), cancellationToken).ConfigureAwait(false);

        // It says who books, and adds nothing.
        points.RemoveAll(static point => point.Kind == UsageSourceKind.Booked);
        var planned = new List<PlannedPoint>(points.Count);
        foreach (var hour in points.GroupBy(point => HourOf(PointBooking.MomentOf(in point, now))))
        {
            planned.AddRange(await PlanAsync(identity, hour.Key, [.. hour], booked, cancellationToken).ConfigureAwait(false));
        }

        return [.. CallParts(calls, booked, progress), .. PointParts(new PointOrigin(identity, said.Source, tenant), planned, progress)];
    }

    private static long HourOf(DateTimeOffset at) => Math.DivRem(at.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks, TimeSpan.TicksPerHour) is var (hour, rest) && rest < 0 ? hour - 1 : hour;

    private string IdentityOf(string? tenant, in TelemetrySource source)
    {
        var who = (tenant, source with { Environment = null });
        if (_identities.Find(who) is not { } identity)
        {
            _identities.Put(who, identity = SourceIdentity.Of(tenant, in source));
        }

        return identity;
    }

    private PlannedCall? Plan(ReceivedCall call, string? tenant, DateTimeOffset now, DeliveryProgress progress)
    {
        var record = tenant is null ? call.Record : call.Record with { Id = SourceIdentity.CallOf(tenant, call.Record.Id), Attribution = call.Record.Attribution with { Tenant = tenant } };
        if (IsTooOld(record.EndedAt, now))
        {
            progress.Reject(call.Kind, Vocabulary.RejectedReasons.TooOld, TooOld());
            return null;
        }

        if (record.EndedAt > now + ClocksAreWrong)
        {
            progress.Reject(call.Kind, Vocabulary.RejectedReasons.Ahead, "ended more than a day ahead of the receiver's clock.");
            return null;
        }

        if (!CanBeAdded(record))
        {
            progress.RejectUnbookable(call.Kind);
            return null;
        }

        if (call.Kind == UsageSourceKind.Spans && options.Markup is { } markup)
        {
            var (feature, whose, provider) = (record.Attribution.Feature, record.Attribution.Tenant, record.Provider);
            if (markup.ModeOf(feature, whose, provider) is TrackingMode.None)
            {
                ReceiverMetrics.CountIgnored(call.Kind, Vocabulary.IgnoredReasons.NotTracked);
                return null;
            }

            record = record with { ChargePico = markup.ChargePico(record.Cost?.TotalPico, feature, whose, provider) };
        }

        return new PlannedCall(call.Kind, record, record.EndedAt > now + ClocksDiffer ? now : record.EndedAt);
    }

    private static bool CanBeAdded(UsageRecord record)
    {
        foreach (var bucket in record.Cost ?? default)
        {
            if (record.Cost!.Value.Pico(bucket) > MostPico)
            {
                return false;
            }
        }

        return !(record.ChargePico > MostPico) && !(record.SavedPico > MostPico);
    }

    private bool IsTaken(in ReceivedPoint point, DateTimeOffset now, DeliveryProgress progress)
    {
        if (!IsTooOld(PointBooking.MomentOf(in point, now), now))
        {
            return true;
        }

        progress.Reject(point.Kind, Vocabulary.RejectedReasons.TooOld, TooOld());
        return false;
    }

    // Who sent what is known for as long as this, and which form of it was booked.
    private bool IsTooOld(DateTimeOffset at, DateTimeOffset now) => at.UtcDateTime.Date.AddDays(1) + receipts.IdsKept < now.UtcDateTime + OnItsWay;

    private string TooOld() => string.Create(
        CultureInfo.InvariantCulture, $"older than {receipts.IdsKept.TotalDays:0.##} days: the store does not remember for longer what it has booked.");

    private async Task<Dictionary<(long Hour, UsageSourceKind Kind), UsageSourceKind>> ClaimAsync(
        string identity, IEnumerable<(long Hour, UsageSourceKind Kind)> said, CancellationToken cancellationToken)
    {
        // The best form first: where several are new at once, the hour is decided by it.
        var booked = new Dictionary<(long, UsageSourceKind), UsageSourceKind>();
        foreach (var form in said.Distinct().OrderBy(one => one.Kind).ThenBy(one => one.Hour).GroupBy(one => one.Kind))
        {
            foreach (var some in form.Chunk(ClaimsAtOnce))
            {
                var decided = await Task.WhenAll(some.Select(one => ClaimAsync(identity, one.Hour, one.Kind, cancellationToken))).ConfigureAwait(false);
                for (var i = 0; i < some.Length; i++)
                {
                    booked[some[i]] = decided[i];
                }
            }
        }

        return booked;
    }

    private async Task<UsageSourceKind> ClaimAsync(string identity, long hour, UsageSourceKind kind, CancellationToken cancellationToken)
    {
        var booked = await claims.OfAsync(identity, hour, kind, cancellationToken).ConfigureAwait(false);
        if (booked is not UsageSourceKind.Durations || kind is UsageSourceKind.Durations || !booked.Takes(kind))
        {
            return booked;
        }

        // Durations decide nothing about tokens (of a call that failed there are none): one form of those stands beside them.
        var beside = await claims.OfAsync(identity + "tokens", hour, kind, cancellationToken).ConfigureAwait(false);
        return beside == kind ? booked : beside;
    }

    /// <summary>Plans the points of one hour.</summary>
    private async Task<IEnumerable<PlannedPoint>> PlanAsync(
        string identity, long hour, List<ReceivedPoint> points, Dictionary<(long, UsageSourceKind), UsageSourceKind> booked, CancellationToken cancellationToken)
    {
        // By all that they say, not only what is new: so the choice is the same however they are split into requests.
        var calls = PointBooking.CallsOf([.. points.Where(point => booked[(hour, point.Kind)].Takes(point.Kind)).Select(point => (point, point.Value))]);
        if (calls is { } best)
        {
            calls = (CallsFrom)(int)await claims.OfAsync(identity + "calls", hour, (UsageSourceKind)(int)best, cancellationToken).ConfigureAwait(false);
        }

        return points.Select(point => new PlannedPoint(point, booked[(hour, point.Kind)], hour, calls));
    }

    private IEnumerable<(string Partition, DeliveryPart Part)> CallParts(
        List<PlannedCall> calls, Dictionary<(long, UsageSourceKind), UsageSourceKind> booked, DeliveryProgress progress)
    {
        var parts = new Dictionary<string, List<PlannedCall>>(StringComparer.Ordinal);
        var last = default((string?, string?));
        foreach (var call in calls)
        {
            if (booked[(HourOf(call.At), call.Kind)].Takes(call.Kind))
            {
                Add(parts, PartitionOf(call.Record.Attribution.Tenant, ref last), call);
            }
            else
            {
                ReceiverMetrics.CountIgnored(call.Kind, Vocabulary.IgnoredReasons.Precedence);
            }
        }

        return parts.Select(part => (part.Key, (DeliveryPart)new CallPart(progress, part.Value)));
    }

    private IEnumerable<(string Partition, DeliveryPart Part)> PointParts(PointOrigin origin, List<PlannedPoint> points, DeliveryProgress progress)
    {
        var parts = new Dictionary<string, List<PlannedPoint>>(StringComparer.Ordinal);
        var last = default((string?, string?));
        foreach (var said in points)
        {
            var planned = origin.Tenant is { } tenant ? said with { Point = said.Point with { Tags = said.Point.Tags with { Tenant = tenant } } } : said;
            Add(parts, PartitionOf(planned.Point.Tags.IsOverflow ? origin.Tenant : planned.Point.Tags.Tenant, ref last), planned);
        }

        return parts.Select(part => (part.Key, (DeliveryPart)new PointPart(progress, origin, part.Value)));
    }

    private static void Add<T>(Dictionary<string, List<T>> parts, string partition, T item)
    {
        if (!parts.TryGetValue(partition, out var part))
        {
            parts.Add(partition, part = []);
        }

        part.Add(item);
    }

    // Nearly always that of the one before.
    private string PartitionOf(string? tenant, ref (string? Tenant, string? Partition) last)
    {
        if (last.Partition is null || last.Tenant != tenant)
        {
            last = (tenant, store.PartitionOf(rules.KeyOfTenant(tenant)));
        }

        return last.Partition!;
    }
}
