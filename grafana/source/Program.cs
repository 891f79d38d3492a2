// Writes grafana/dashboards/*.json, which are kept in the repository for those who have no compiler. A test compares them with what this makes.
//   dotnet run --project grafana/source              writes them
//   dotnet run --project grafana/source -- FOLDER    writes them elsewhere
using System.Runtime.CompilerServices;
using LlmTelemetry.Grafana;

var folder = args is [var other] ? other : Path.GetFullPath(Path.Combine(Here(), "..", "dashboards"));
Directory.CreateDirectory(folder);
foreach (var dashboard in Dashboards.All)
{
    File.WriteAllText(Path.Combine(folder, dashboard.FileName), dashboard.ToJson());
    Console.WriteLine($"{dashboard.FileName}: {dashboard.Title}");
}

static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
