using System.Runtime.InteropServices;
using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary>What is read of one request, and what of it is not. Not thread-safe.</summary>
internal sealed class OtlpReading(string? tenant, OtlpLimits limits)
{
    private readonly Dictionary<TelemetrySource, SourceDelivery> _sources = [];
    private readonly Dictionary<(UsageSourceKind Form, string Reason), int> _rejected = [];
    private int _unrelated;

    public Delivery Delivery { get; } = new() { Tenant = tenant };

    /// <summary>Data points, log records and spans, whatever became of them.</summary>
    public int Items { get; private set; }

    /// <summary>How many of them can never be booked, though they are meant to be.</summary>
    public int Rejected { get; private set; }

    /// <summary>Why the first of those cannot; null where there is none.</summary>
    public string? Message { get; private set; }

    public bool IsEmpty => Delivery.Sources.Count == 0;

    /// <summary>Counts one more data point, log record or span.</summary>
    /// <exception cref="OtlpRefusal">There are too many.</exception>
    public void CountItem()
    {
        if (++Items > limits.MaxItems)
        {
            throw new OtlpRefusal(
                StatusCodes.Status413PayloadTooLarge, FormattableString.Invariant($"There are more than {limits.MaxItems} data points, log records or spans in one request. Send smaller batches."));
        }
    }

    /// <summary>Counts what says nothing of usage: it is accepted, and nothing of it is kept.</summary>
    public void CountUnrelated() => _unrelated++;

    /// <param name="form">What it would have been.</param>
    /// <param name="reason">A word for the metric.</param>
    /// <param name="why">What its sender is told.</param>
    public void Reject(UsageSourceKind form, string reason, string why)
    {
        Rejected++;
        Message ??= why;
        CollectionsMarshal.GetValueRefOrAddDefault(_rejected, (form, reason), out _)++;
    }

    /// <summary>Publishes what is not booked, when the rest is: what is to be sent again is counted then.</summary>
    public void Publish()
    {
        if (_unrelated != 0)
        {
            ReceiverMetrics.CountIgnored(null, Vocabulary.IgnoredReasons.NotUsage, _unrelated);
        }

        foreach (var ((form, reason), items) in _rejected)
        {
            ReceiverMetrics.CountRejected(form, reason, items);
        }
    }

    /// <summary>Where calls and points of a source go.</summary>
    public SourceDelivery Of(in TelemetrySource source)
    {
        if (!_sources.TryGetValue(source, out var delivery))
        {
            _sources[source] = delivery = new SourceDelivery(source);
            Delivery.Sources.Add(delivery);
        }

        return delivery;
    }
}
