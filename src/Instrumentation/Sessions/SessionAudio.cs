namespace LlmTelemetry.Instrumentation;

/// <summary>Audio of one direction: it is charged in whole seconds, and a part of one waits until it is whole. Used under its session's lock.</summary>
internal struct SessionAudio
{
    private long _booked; // Seconds.

    public TimeSpan Duration { get; private set; }

    public long Bytes { get; private set; }

    /// <summary>Adds audio.</summary>
    /// <returns>The seconds that became whole.</returns>
    /// <exception cref="OverflowException">It is longer, or larger, than can be counted; nothing was added.</exception>
    public long Add(TimeSpan duration, long bytes)
    {
        var size = checked(Bytes + bytes);
        Duration = new TimeSpan(checked(Duration.Ticks + duration.Ticks));
        Bytes = size;
        return Take(Duration.Ticks / TimeSpan.TicksPerSecond);
    }

    /// <summary>Ends it.</summary>
    /// <returns>1 where a second has started that was not counted; it counts.</returns>
    public long End() => Take((Duration.Ticks / TimeSpan.TicksPerSecond) + (Duration.Ticks % TimeSpan.TicksPerSecond == 0 ? 0 : 1));

    private long Take(long seconds)
    {
        var due = seconds - _booked;
        _booked = seconds;
        return due;
    }
}
