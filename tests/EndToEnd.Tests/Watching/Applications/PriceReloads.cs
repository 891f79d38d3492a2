using System.Diagnostics.Metrics;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.EndToEnd.Tests.Watching.Applications;

/// <summary>A price file that changes while the process runs.</summary>
internal static class PriceReloads
{
    /// <summary>Writes the file and waits until the change was followed, with the result expected.</summary>
    public static async Task FollowAsync(string file, string text, string result)
    {
        var isFollowed = false;
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Name == "llm.prices.reloads")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) =>
        {
            foreach (var (key, value) in tags)
            {
                isFollowed |= key == "llm.prices.result" && (string?)value == result;
            }
        });
        listener.Start();
        await File.WriteAllTextAsync(file + ".new", text);
        File.Move(file + ".new", file, overwrite: true);
        await Eventually.HoldsAsync(() => Task.FromResult(Volatile.Read(ref isFollowed)), $"the price file is followed: {result}");
    }
}
