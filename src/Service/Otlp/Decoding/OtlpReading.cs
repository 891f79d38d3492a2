using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary>What is read of one request, and what of it is not. Not thread-safe.</summary>
internal sealed class OtlpReading(string? tenant, OtlpLimits limits)
{
    private readonly Dictionary<TelemetrySource, SourceDelivery> _sources = [];

    public Delivery Delivery { get; } = new() { Tenant = tenant };

    /// <summary>Data points, log records and spans, whatever became of them.</summary>
    public int Items { get; private set; }

    /// <summary>How many of them can never be booked, though they are meant to be.</summary>
    public int Rejected { get; private set; }

    /// <summary>Why the first of those cannot; null where there is none.</summary>
    public string? Message { get; private set; }

    /// <summary>How many of them say nothing of usage.</summary>
    public int Unrelated { get; private set; }

    /// <summary>Points of usage metrics whose values cannot be added up: gauges, negative ones.</summary>
    public int NotASum { get; private set; }

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

    public void CountUnrelated() => Unrelated++;

    public void RejectNotASum()
    {
        NotASum++;
        Reject("a data point of a usage metric is no sum, not monotonic, negative or no number");
    }

    public void Reject(string why)
    {
        Rejected++;
        Message ??= why;
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
