using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation;

/// <summary>The metrics that the application records itself. Bounded: a name that is made up anew for each figure must not fill memory or stores.</summary>
internal sealed class FigureTable(Meter meter, SeriesTable series)
{
    public const int MaxFigures = 200;

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<(string Name, string? Unit), Figure> _figures = new();

    // What comes after the last one that is kept: how many they are is known, and nothing else of them.
    private readonly Figure _rest = new(Placeholders.Other, unit: null, histogram: null, series, keepsTags: false);
    private long _folded;

    /// <summary>How often names and values of tags were folded.</summary>
    public IEnumerable<(string Attribute, long Folded)> Folded =>
        [(Attributes.MetricName, Volatile.Read(ref _folded)), (Attributes.MetricTag, _figures.Values.Sum(figure => figure.Folded))];

    /// <summary>The metric of this name and unit; a name with another unit is another.</summary>
    public Figure Of(string name, string? unit)
    {
        if (_figures.TryGetValue((name, unit), out var figure))
        {
            return figure;
        }

        lock (_gate)
        {
            if (_figures.TryGetValue((name, unit), out figure))
            {
                return figure;
            }

            if (_figures.Count >= MaxFigures)
            {
                Interlocked.Increment(ref _folded);
                return _rest;
            }

            return _figures[(name, unit)] = new Figure(name, unit, meter.CreateHistogram<double>(name, unit, "Recorded by the application."), series, keepsTags: true);
        }
    }
}
