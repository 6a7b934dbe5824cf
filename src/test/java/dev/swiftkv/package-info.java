/** End-to-end tests and the rules that hold across modules. */
package dev.swiftkv;
