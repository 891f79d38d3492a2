using System.Text;
using Microsoft.Win32.SafeHandles;

namespace LlmTelemetry.Service;

/// <summary>
/// Standard output that says when nobody reads it any more (<c>| head</c>). The console's own writer keeps that to itself, and a command that answers an
/// endless input would never end.
/// </summary>
internal static class StandardOutput
{
    private const int BrokenPipe = 32; // EPIPE, on Linux and macOS.

    public static TextWriter Open()
    {
        if (OperatingSystem.IsWindows() || !Console.IsOutputRedirected)
        {
            return Console.Out;
        }

        var stream = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        return stream.CanSeek ? Console.Out : new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true };
    }

    /// <summary>Whether a write failed because nobody reads any more, which is no failure.</summary>
    public static bool IsClosed(IOException cause) => cause.HResult == BrokenPipe;
}
