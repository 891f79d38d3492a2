using System.Globalization;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.EndToEnd.Tests.Watching.Applications;

/// <summary>How a test talks to an application that it started: a file for each command, and one that says it is done.</summary>
internal sealed class CommandFolder(string path)
{
    public const string Variable = "LLMTELEMETRY_TEST_FOLDER";
    public const string End = "end";

    private int _number;

    public string Path => path;

    /// <summary>The application's side: waits for a command.</summary>
    public async Task<string> NextAsync(TimeSpan within)
    {
        var file = FileOf(++_number);
        await Eventually.HoldsAsync(() => Task.FromResult(File.Exists(file)), "the next command is there", within);
        return await File.ReadAllTextAsync(file);
    }

    /// <summary>The application's side: the last command is done.</summary>
    public void Done() => File.WriteAllText(FileOf(_number) + ".done", "");

    /// <summary>The test's side: a command; the task it returns waits until it is done.</summary>
    public async Task SayAsync(string command, Func<bool> isGone)
    {
        var file = FileOf(++_number);
        await File.WriteAllTextAsync(file + ".new", command);
        File.Move(file + ".new", file);
        await Eventually.HoldsAsync(() => Task.FromResult(isGone() || File.Exists(file + ".done")), $"the application did {command}", TimeSpan.FromMinutes(1));
    }

    private string FileOf(int number) => System.IO.Path.Combine(path, number.ToString(CultureInfo.InvariantCulture));
}
