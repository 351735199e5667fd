#include "gateway/command_line.hpp"

int main(int count, char** words) { return yizhan::gateway::run_command(count, words); }
