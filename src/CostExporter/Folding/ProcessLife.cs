using System.Diagnostics;

namespace LlmTelemetry.CostExporter;

/// <summary>Which exporters of this machine are gone for sure. Thread-safe.</summary>
internal static class ProcessLife
{
    private static readonly Lock Gate = new();
    private static readonly HashSet<string> Here = new(StringComparer.Ordinal);

    /// <summary>An exporter begins in this process.</summary>
    public static void Add(string instance)
    {
        lock (Gate)
        {
            Here.Add(instance);
        }
    }

    /// <summary>It ends.</summary>
    public static void Remove(string instance)
    {
        lock (Gate)
        {
            Here.Remove(instance);
        }
    }

    /// <summary>Whether an exporter is dead, seen from another: false where nobody can know.</summary>
    /// <param name="other">Whose life is in question.</param>
    /// <param name="mine">The beat of the exporter that asks.</param>
    public static bool IsDead(ExporterBeat other, ExporterBeat mine)
    {
        if (other.Host != mine.Host || other.Instance == mine.Instance)
        {
            return false;
        }

        if (other.ProcessId == mine.ProcessId)
        {
            // The number was given out again, as it always is in a container; or there are two exporters in this process.
            lock (Gate)
            {
                return !Here.Contains(other.Instance);
            }
        }

        return !IsThere(other.ProcessId);
    }

    private static bool IsThere(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
        catch (Exception) // It is somebody else's, or this system does not say: then only its age tells.
        {
            return true;
        }
    }
}
